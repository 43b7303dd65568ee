package dev.hadal.cli;

/** Lines now and then that say how far work of equal parts is. */
final class ProgressNotes {
  private static final long NANOS = 5_000_000_000L;

  private final Console console;
  private final String what;
  private final long begin = System.nanoTime();
  private long last = begin;

  ProgressNotes(Console console, String what) {
    this.console = console;
    this.what = what;
  }

  /** So many of so many are done. */
  void show(long done, long all) {
    long now = System.nanoTime();
    if (now - last < NANOS) {
      return;
    }
    last = now;
    double seconds = (now - begin) / 1e9;
    console.note(
        "%s: %,d of %,d, %,.0f s left".formatted(what, done, all, seconds / done * (all - done)));
  }
}
