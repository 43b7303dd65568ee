package dev.hadal.tensor;

import java.util.Arrays;

/**
 * The extents of a row-major tensor, outermost first. At most four axes; every extent is zero or
 * more.
 *
 * @param extents the extents; copied
 */
public record Shape(long... extents) {
  /** Checks the extents. */
  public Shape {
    extents = extents.clone();
    if (extents.length > 4) {
      throw new IllegalArgumentException("shape: at most 4 axes, got " + extents.length);
    }
    long elements = 1;
    for (long extent : extents) {
      if (extent < 0) {
        throw new IllegalArgumentException("shape: negative extent in " + Arrays.toString(extents));
      }
      elements = Math.multiplyExact(elements, extent);
    }
  }

  /** A shape of the given extents. */
  public static Shape of(long... extents) {
    return new Shape(extents);
  }

  @Override
  public long[] extents() {
    return extents.clone();
  }

  /** The number of axes. */
  public int axes() {
    return extents.length;
  }

  /** The extent of one axis. */
  public long extent(int axis) {
    return extents[axis];
  }

  /** The number of elements: the product of the extents, 1 for a scalar. */
  public long elements() {
    long elements = 1;
    for (long extent : extents) {
      elements *= extent;
    }
    return elements;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(extents, shape.extents);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(extents);
  }

  @Override
  public String toString() {
    return Arrays.toString(extents);
  }
}
