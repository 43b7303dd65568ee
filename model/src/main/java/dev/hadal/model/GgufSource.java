package dev.hadal.model;

import dev.hadal.tensor.Shape;

/** Where the values of one of our tensors are in a GGUF file. */
sealed interface GgufSource {
  /** The shape that we know the tensor by. */
  Shape shape();

  /**
   * Consecutive rows of a tensor: a whole one, or an expert's part of a merged one.
   *
   * @param tensor the name in the file
   * @param firstRow where they begin
   */
  record Rows(String tensor, long firstRow, Shape shape) implements GgufSource {
    /** The number of rows; a vector is one. */
    long rows() {
      return shape.axes() < 2 ? 1 : shape.extent(0);
    }

    /** The length of a row. */
    long columns() {
      return shape.axes() == 0 ? 1 : shape.extent(shape.axes() - 1);
    }
  }

  /**
   * kv_b_proj [H (N + V), C] in two tensors: the keys' part as absorbed attention contracts it,
   * transposed.
   *
   * @param keys the name of [H, C, N]
   * @param values the name of [H, V, C]
   * @param heads H
   * @param nope N
   * @param value V
   * @param latent C
   */
  record SplitKeyValue(String keys, String values, int heads, int nope, int value, int latent)
      implements GgufSource {
    @Override
    public Shape shape() {
      return Shape.of((long) heads * (nope + value), latent);
    }
  }

  /** Nowhere: a gate without a choice bias. */
  record Zeros(Shape shape) implements GgufSource {}
}
