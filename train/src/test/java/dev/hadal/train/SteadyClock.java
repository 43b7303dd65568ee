package dev.hadal.train;

import java.util.function.LongSupplier;

/** A clock that goes on by as much whenever it is read: all steps take as long. */
final class SteadyClock implements LongSupplier {
  private final long nanoseconds;
  private long now;

  SteadyClock(long nanoseconds) {
    this.nanoseconds = nanoseconds;
  }

  @Override
  public long getAsLong() {
    now += nanoseconds;
    return now;
  }
}
