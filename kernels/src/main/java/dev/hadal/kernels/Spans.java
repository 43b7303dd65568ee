package dev.hadal.kernels;

import java.util.function.Supplier;

/** Cuts long element ranges into spans that fit an int and the nearest cache. */
final class Spans {
  /** Elements in a span: the block of the global norm, too. */
  static final int SPAN = Optimizer.NORM_BLOCK;

  private Spans() {}

  /** What is run over one span. */
  @FunctionalInterface
  interface Body {
    /** Runs over elements [from, to), at most SPAN of them; from is a multiple of SPAN. */
    void run(long from, long to);
  }

  /** Runs the body over all spans of [0, elements), spread over the team. */
  static void split(ThreadTeam team, long elements, Body body) {
    split(team, elements, () -> body);
  }

  /** The same where every thread needs a body with scratch memory of its own. */
  static void split(ThreadTeam team, long elements, Supplier<Body> bodies) {
    int spans = Math.toIntExact((elements + SPAN - 1) / SPAN);
    team.split(
        spans,
        1,
        (first, last) -> {
          Body body = bodies.get();
          for (int span = first; span < last; span++) {
            long from = (long) span * SPAN;
            body.run(from, Math.min(elements, from + SPAN));
          }
        });
  }
}
