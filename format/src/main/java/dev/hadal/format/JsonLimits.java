package dev.hadal.format;

/**
 * Bounds that hold before anything is allocated for a JSON text.
 *
 * @param bytes the longest text, in bytes of UTF-8
 * @param depth the deepest nesting of objects and arrays
 * @param stringLength the longest string, in characters
 * @param nameLength the longest member name, in characters
 */
public record JsonLimits(long bytes, int depth, int stringLength, int nameLength) {
  /** Fits configuration files, manifests and the index of the largest published checkpoints. */
  public static final JsonLimits FILE = new JsonLimits(64L << 20, 32, 8 << 20, 4096);

  /** Checks that every bound is positive. */
  public JsonLimits {
    if (bytes <= 0 || depth <= 0 || stringLength <= 0 || nameLength <= 0) {
      throw new IllegalArgumentException("JSON limits: expected positive bounds");
    }
  }
}
