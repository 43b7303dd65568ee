package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

final class ReferencePermutationTest {
  private final Doubles doubles = new Doubles(13);
  private final Permutation exact = Doubles.KERNELS.permutation();
  private final Permutation floats = new ReferenceKernels(Arithmetic.FP32).permutation();
  private final Tensor index =
      Tensor.ofInts(Arena.ofAuto(), new int[] {1, 2, 5, 0, 3, 4, 0, 1, 2}, 3, 3);
  private final Dispatch dispatch = Dispatch.of(index, 6);

  @Test
  void gatherAndCombineReturnEachTokenToItsPlace() {
    Tensor x = doubles.normal(3, 5);
    Tensor rows = doubles.unset(9, 5);
    exact.gather(x, dispatch.rowToken(), rows);
    Tensor weight = doubles.normal(3, 3);
    Tensor base = doubles.normal(3, 5);
    Tensor out = doubles.unset(3, 5);
    exact.combine(rows, dispatch, index, weight, base, 2, true, out);
    double[] expected = new double[15];
    for (int i = 0; i < 15; i++) {
      int t = i / 5;
      double sum =
          weight.getDouble(3 * t) + weight.getDouble(3 * t + 1) + weight.getDouble(3 * t + 2);
      expected[i] = base.getDouble(i) + sum * x.getDouble(i);
    }
    Doubles.requireClose(out, expected, 1e-12);
  }

  @Test
  void groupsAreAddedAscendingAfterTheirExperts() {
    float big = 0x1p24f;
    // Token 0 chose experts 1 and 2 of group 0 and 5 of group 1; token 1 experts 0, 3, 4.
    Tensor rows = rowsOf(new float[] {1, big, 1, -big, 1, 1, 3, 5, 7});
    assertThat(combine(rows, null, 2, false))
        .containsExactly((1 + big) + 1, -big + (1 + 1), (3 + 5) + 7);
    assertThat(combine(rows, null, 1, false))
        .containsExactly((1 + big) + 1, (-big + 1) + 1, (3 + 5) + 7);
    assertThat(combine(rows, 0.5f, 2, false)).containsExactly(big, -big + 2, 15.5f);
  }

  @Test
  void lowPrecisionRoundsTermsAndPartialSums() {
    Tensor rows = rowsOf(new float[] {1.003f, 1, 1.003f, 256, 1, 1, 1, 256, 1});
    // 1.003 rounds to 1 in BF16; 257 and 258 lie beside 256.
    assertThat(combine(rows, null, 1, true)).containsExactly(3, 258, 258);
    assertThat(combine(rows, null, 2, true)).containsExactly(3, 258, 258);
    Tensor near = rowsOf(new float[] {256, 1, 1, 256, 1, 1, 256, 1, 0});
    assertThat(combine(near, null, 1, true)).containsExactly(258, 258, 257);
    assertThat(combine(near, null, 2, true)).containsExactly(257, 258, 256);
  }

  /** One column; values in the order of (token, slot). */
  private Tensor rowsOf(float[] values) {
    Tensor rows = Tensor.allocate(doubles.arena(), DType.F32, 9, 1);
    for (int pair = 0; pair < 9; pair++) {
      rows.setFloat(dispatch.rowOf()[pair], values[pair]);
    }
    return rows;
  }

  private float[] combine(
      Tensor rows, @org.jspecify.annotations.Nullable Float base, int groups, boolean bfloat16) {
    Tensor out = Tensor.allocate(doubles.arena(), DType.F32, 3, 1);
    if (base != null) {
      for (int t = 0; t < 3; t++) {
        out.setFloat(t, base);
      }
    }
    floats.combine(rows, dispatch, index, null, base == null ? null : out, groups, bfloat16, out);
    return out.toFloats();
  }

  @Test
  void rowsAreScaledAndMultipliedByPair() {
    Tensor a = doubles.normal(9, 5);
    Tensor b = doubles.normal(9, 5);
    Tensor weight = doubles.normal(3, 3);
    Tensor scaled = doubles.unset(9, 5);
    Tensor dots = doubles.unset(3, 3);
    exact.scaleRows(a, dispatch, weight, scaled);
    exact.rowDots(a, b, dispatch, dots);
    for (int pair = 0; pair < 9; pair++) {
      int row = dispatch.rowOf()[pair];
      double[] expected = new double[5];
      double dot = 0;
      for (int i = 0; i < 5; i++) {
        expected[i] = weight.getDouble(pair) * a.getDouble(row * 5L + i);
        dot += a.getDouble(row * 5L + i) * b.getDouble(row * 5L + i);
      }
      Doubles.requireClose(scaled.slice(row, row + 1), expected, 1e-12);
      Doubles.requireClose(dots.reshape(9).slice(pair, pair + 1), new double[] {dot}, 1e-12);
    }
  }
}
