package dev.hadal.format;

import dev.hadal.tensor.Shape;

/**
 * One tensor of a GGUF file.
 *
 * @param name the tensor's name
 * @param type the element type
 * @param shape the extents, outermost first as everywhere here; the file has them the other way
 *     round
 * @param offset the first byte, counted from the start of the file's data
 * @param bytes the size
 */
public record GgufTensor(String name, GgufType type, Shape shape, long offset, long bytes) {
  /** The length of a row: the innermost extent. */
  public long rowElements() {
    return shape.axes() == 0 ? 1 : shape.extent(shape.axes() - 1);
  }
}
