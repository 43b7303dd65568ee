package dev.hadal.format;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;

/**
 * One tensor of a safetensors file.
 *
 * @param name the tensor's name
 * @param dtype the element type
 * @param shape the extents
 * @param begin the first byte, counted from the start of the file's data region
 * @param end the byte after the last
 */
public record SafetensorsEntry(String name, DType dtype, Shape shape, long begin, long end) {
  /** The size in bytes. */
  public long bytes() {
    return end - begin;
  }
}
