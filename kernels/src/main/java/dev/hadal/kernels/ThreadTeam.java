package dev.hadal.kernels;

/**
 * A fixed set of platform threads that run the same body and meet at its end. The caller is member
 * 0. Not reentrant: a body must not start another run.
 */
public interface ThreadTeam extends AutoCloseable {
  /** The number of members, the caller included. */
  int size();

  /** What every member runs. */
  @FunctionalInterface
  interface Body {
    /** Runs as one member. */
    void run(int member);
  }

  /** What is run over a range. */
  @FunctionalInterface
  interface Range {
    /** Runs over [from, to). */
    void run(int from, int to);
  }

  /**
   * Runs the body on every member and returns when all are done. If members throw, the first
   * exception by member number is thrown on.
   */
  void run(Body body);

  /**
   * Runs the range over [0, count) in contiguous parts whose borders are multiples of {@code
   * grain}, one a member; serially where that leaves one part.
   */
  default void split(int count, int grain, Range range) {
    int grains = (count + grain - 1) / grain;
    if (grains <= 1 || size() == 1) {
      if (count > 0) {
        range.run(0, count);
      }
      return;
    }
    int members = size();
    run(
        member -> {
          int from = Math.min(count, (int) ((long) grains * member / members) * grain);
          int to = Math.min(count, (int) ((long) grains * (member + 1) / members) * grain);
          if (from < to) {
            range.run(from, to);
          }
        });
  }

  @Override
  void close();
}
