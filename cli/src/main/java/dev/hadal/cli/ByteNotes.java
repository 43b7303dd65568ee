package dev.hadal.cli;

import dev.hadal.generate.WeightsVerification;

/** Lines now and then that say how many bytes were read, how fast, and how long it will take. */
final class ByteNotes implements WeightsVerification.Progress {
  private static final long NANOS = 5_000_000_000L;
  private static final double MEGABYTE = 1e6;

  private final Console console;
  private final String what;
  private final long nanosBetween;
  private final long begin = System.nanoTime();
  private long last = begin;
  private long total;
  private long done;

  ByteNotes(Console console, String what) {
    this(console, what, NANOS);
  }

  ByteNotes(Console console, String what, long nanosBetween) {
    this.console = console;
    this.what = what;
    this.nanosBetween = nanosBetween;
  }

  @Override
  public synchronized void begin(long bytes) {
    total = bytes;
  }

  @Override
  public synchronized void read(long bytes) {
    done += bytes;
    long now = System.nanoTime();
    if (now - last < nanosBetween) {
      return;
    }
    last = now;
    double rate = done / ((now - begin) / 1e9);
    console.note(
        "%s: %,.0f of %,.0f MB (%.0f %%), %,.1f MB/s, %,.0f s left"
            .formatted(
                what,
                done / MEGABYTE,
                total / MEGABYTE,
                100.0 * done / Math.max(1, total),
                rate / MEGABYTE,
                (total - done) / rate));
  }
}
