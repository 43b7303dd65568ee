package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/** {@link RotaryEmbedding}, a pair at a time. */
record ReferenceRotaryEmbedding(Arithmetic arithmetic) implements RotaryEmbedding {
  @Override
  public void rotate(
      Tensor x,
      int heads,
      int headStride,
      int offset,
      Tensor cos_PR2,
      Tensor sin_PR2,
      int[] positions_T,
      boolean inverse) {
    int rows = x.rows();
    int half = cos_PR2.columns();
    arithmetic.require("rope x", x, x.shape().extents());
    arithmetic.require("rope cos", cos_PR2, cos_PR2.rows(), half);
    arithmetic.require("rope sin", sin_PR2, cos_PR2.rows(), half);
    if (positions_T.length != rows
        || offset < 0
        || (heads > 0 && offset + (heads - 1L) * headStride + 2L * half > x.columns())) {
      throw new IllegalArgumentException(
          "rope: %d heads of %d every %d from %d in %s at %d positions"
              .formatted(heads, 2 * half, headStride, offset, x.shape(), positions_T.length));
    }
    for (int t = 0; t < rows; t++) {
      for (int h = 0; h < heads; h++) {
        long head = (long) t * x.columns() + offset + (long) h * headStride;
        for (int i = 0; i < half; i++) {
          long factor = (long) positions_T[t] * half + i;
          double cos = arithmetic.load(cos_PR2, factor);
          double sin = arithmetic.load(sin_PR2, factor);
          rotatePair(x, head + 2 * i, cos, inverse ? -sin : sin);
        }
      }
    }
  }

  private void rotatePair(Tensor x, long at, double cos, double sin) {
    double x0 = arithmetic.load(x, at);
    double x1 = arithmetic.load(x, at + 1);
    arithmetic.store(x, at, arithmetic.fma(x0, cos, -arithmetic.mul(x1, sin)));
    arithmetic.store(x, at + 1, arithmetic.fma(x0, sin, arithmetic.mul(x1, cos)));
  }
}
