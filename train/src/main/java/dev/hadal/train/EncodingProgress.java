package dev.hadal.train;

import java.util.function.Consumer;

/**
 * How far the encoding of documents is.
 *
 * @param documents encoded so far
 * @param tokens of those
 * @param bytes of those
 * @param share of the work that is done, 0 to 1
 * @param seconds since it began
 */
public record EncodingProgress(
    long documents, long tokens, long bytes, double share, double seconds) {
  /** Nobody looks on. */
  public static final Consumer<EncodingProgress> NONE = _ -> {};

  /** Text encoded in a second, in bytes. */
  public double bytesPerSecond() {
    return seconds > 0 ? bytes / seconds : 0;
  }

  /** Seconds until the end at the speed so far; infinite before there is a speed. */
  public double secondsLeft() {
    return share > 0 ? seconds * (1 - share) / share : Double.POSITIVE_INFINITY;
  }
}
