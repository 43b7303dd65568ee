package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.load;
import static dev.hadal.kernels.Simd.store;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/**
 * {@link RotaryEmbedding} on whole vectors of pairs: with (a, a) and (b, b) the even and odd
 * elements spread over their pairs, {@code fma(a a, cos sin, b b * -sin cos)}.
 */
final class VectorRotaryEmbedding implements RotaryEmbedding {
  private static final VectorShuffle<Float> EVEN = VectorShuffle.fromOp(FLOATS, lane -> lane & -2);
  private static final VectorShuffle<Float> ODD = VectorShuffle.fromOp(FLOATS, lane -> lane | 1);

  private final ThreadTeam team;

  VectorRotaryEmbedding(ThreadTeam team) {
    this.team = team;
  }

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
    int columns = x.columns();
    int half = cos_PR2.columns();
    x.requireType("rope x", DType.F32);
    cos_PR2.requireType("rope cos", DType.F32);
    Sizes.require("rope sin", sin_PR2, cos_PR2.rows(), half);
    if (positions_T.length != rows
        || offset < 0
        || (heads > 0 && offset + (heads - 1L) * headStride + 2L * half > columns)) {
      throw new IllegalArgumentException(
          "rope: %d heads of %d every %d from %d in %s at %d positions"
              .formatted(heads, 2 * half, headStride, offset, x.shape(), positions_T.length));
    }
    team.split(
        rows,
        Sizes.grain(heads * 2 * half),
        (from, to) -> {
          float[] first = new float[2 * half];
          float[] second = new float[2 * half];
          for (int t = from; t < to; t++) {
            fillFactors(cos_PR2, sin_PR2, positions_T[t], inverse, first, second);
            long row = 4L * ((long) t * columns + offset);
            for (int h = 0; h < heads; h++) {
              rotateHead(x.data(), row + 4L * h * headStride, first, second);
            }
          }
        });
  }

  private static void fillFactors(
      Tensor cos, Tensor sin, int position, boolean inverse, float[] first, float[] second) {
    int half = first.length / 2;
    for (int i = 0; i < half; i++) {
      float c = cos.getFloat((long) position * half + i);
      float s = sin.getFloat((long) position * half + i);
      float signed = inverse ? -s : s;
      first[2 * i] = c;
      first[2 * i + 1] = signed;
      second[2 * i] = -signed;
      second[2 * i + 1] = c;
    }
  }

  private static void rotateHead(MemorySegment x, long base, float[] first, float[] second) {
    int width = first.length;
    int i = 0;
    for (; i <= width - WIDTH; i += WIDTH) {
      FloatVector pairs = load(x, base + 4L * i);
      FloatVector odd = pairs.rearrange(ODD).mul(FloatVector.fromArray(FLOATS, second, i));
      FloatVector even = pairs.rearrange(EVEN);
      store(even.fma(FloatVector.fromArray(FLOATS, first, i), odd), x, base + 4L * i);
    }
    for (; i < width; i += 2) {
      long at = base + 4L * i;
      float x0 = x.get(Tensor.FLOAT, at);
      float x1 = x.get(Tensor.FLOAT, at + 4);
      x.set(Tensor.FLOAT, at, Math.fma(x0, first[i], x1 * second[i]));
      x.set(Tensor.FLOAT, at + 4, Math.fma(x0, first[i + 1], x1 * second[i + 1]));
    }
  }
}
