package dev.hadal.format;

/**
 * Bounds that hold before anything is allocated for a JSON text.
 *
 * @param bytes the longest text, in bytes of UTF-8
 * @param depth the deepest nesting of objects and arrays
 * @param stringLength the longest string, in characters
 * @param nameLength the longest member name, in characters
 * @param tokens the most names, scalars, and ends of objects and arrays together: an object of
 *     three characters takes some hundred times their size, so the text's length alone would not
 *     bound the memory
 */
public record JsonLimits(long bytes, int depth, int stringLength, int nameLength, long tokens) {
  /** Fits manifests and the index of the largest published checkpoints. */
  public static final JsonLimits FILE = new JsonLimits(64L << 20, 32, 8 << 20, 4096, 1 << 21);

  /** Fits what describes a model: {@code config.json} and its companions take some kilobytes. */
  public static final JsonLimits CONFIGURATION =
      new JsonLimits(4L << 20, 32, 1 << 20, 1024, 1 << 18);

  /** Checks that every bound is positive. */
  public JsonLimits {
    if (bytes <= 0 || depth <= 0 || stringLength <= 0 || nameLength <= 0 || tokens <= 0) {
      throw new IllegalArgumentException("JSON limits: expected positive bounds");
    }
  }
}
