package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReferenceCausalAttentionTest {
  private static final int HEADS = 2;
  private static final int NOPE = 5;
  private static final int ROPE = 4;
  private static final int VALUE = 7;
  private static final double SCALE = 0.4;
  private static final int[] OFFSETS = {0, 1, 64, 128, 193, 323};
  private static final int TOKENS = 323;

  private final Doubles doubles = new Doubles(6);
  private final Tensor q = doubles.normal(TOKENS, HEADS * (NOPE + ROPE));
  private final Tensor kv = doubles.normal(TOKENS, HEADS * (NOPE + VALUE));
  private final Tensor kRope = doubles.normal(TOKENS, ROPE);
  private final Tensor out = doubles.unset(TOKENS, HEADS * VALUE);
  private final Tensor lse = doubles.unset(TOKENS, HEADS);

  private static CausalAttention.Geometry geometry(boolean bfloat16) {
    return new CausalAttention.Geometry(HEADS, NOPE, ROPE, VALUE, SCALE, bfloat16);
  }

  private double score(int head, int query, int key) {
    double dot = 0;
    for (int i = 0; i < NOPE + ROPE; i++) {
      double k =
          i < NOPE
              ? kv.getDouble((long) key * kv.columns() + head * (NOPE + VALUE) + i)
              : kRope.getDouble((long) key * ROPE + i - NOPE);
      dot += q.getDouble((long) query * q.columns() + head * (NOPE + ROPE) + i) * k;
    }
    return dot * SCALE;
  }

  @Test
  void isTheSoftmaxOverEarlierTokensOfTheSequence() {
    Doubles.KERNELS.causalAttention().forward(geometry(false), q, kv, kRope, OFFSETS, out, lse);
    for (int s = 0; s + 1 < OFFSETS.length; s++) {
      for (int t = OFFSETS[s]; t < OFFSETS[s + 1]; t++) {
        for (int h = 0; h < HEADS; h++) {
          double sum = 0;
          double[] expected = new double[VALUE];
          for (int j = OFFSETS[s]; j <= t; j++) {
            double weight = Math.exp(score(h, t, j));
            sum += weight;
            for (int d = 0; d < VALUE; d++) {
              long at = (long) j * kv.columns() + h * (NOPE + VALUE) + NOPE + d;
              expected[d] += weight * kv.getDouble(at);
            }
          }
          assertThat(lse.getDouble((long) t * HEADS + h)).isCloseTo(Math.log(sum), within(1e-12));
          for (int d = 0; d < VALUE; d++) {
            assertThat(out.getDouble(((long) t * HEADS + h) * VALUE + d))
                .isCloseTo(expected[d] / sum, within(1e-12));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void lowerPrecisionStaysClose(boolean bfloat16) {
    Doubles.KERNELS.causalAttention().forward(geometry(false), q, kv, kRope, OFFSETS, out, lse);
    Tensor floats = Floats.zeros(TOKENS, HEADS * VALUE);
    new ReferenceKernels(Arithmetic.FP32)
        .causalAttention()
        .forward(
            geometry(bfloat16),
            Floats.of(q),
            Floats.of(kv),
            Floats.of(kRope),
            OFFSETS,
            floats,
            Floats.zeros(TOKENS, HEADS));
    Floats.requireClose(floats, out, bfloat16 ? 4e-2 : 2e-6);
    if (bfloat16) {
      assertThat(Floats.largestDifference(floats, out)).isGreaterThan(1e-3);
    }
  }

  @Test
  void offsetsMustCoverTheRows() {
    assertThatThrownBy(
            () ->
                Doubles.KERNELS
                    .causalAttention()
                    .forward(geometry(false), q, kv, kRope, new int[] {0, 5}, out, lse))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("attention: sequence offsets must ascend from 0 to 323, got [0, 5]");
  }
}
