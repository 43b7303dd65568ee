package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VectorCausalAttentionTest {
  private final Twins<CausalAttention> twins =
      new Twins<>(TestKernels.reference().causalAttention(), VectorCausalAttention::new);

  @ParameterizedTest
  @CsvSource({
    "1, 1, 2, 1, false",
    "1, 1, 2, 1, true",
    "3, 4, 2, 5, false",
    "3, 5, 2, 7, true",
    "4, 32, 16, 32, false",
    "4, 32, 16, 32, true",
    "2, 48, 16, 48, false",
    "1, 128, 64, 128, true"
  })
  void forwardAndBackwardHaveTheReferencesBits(
      int heads, int nope, int rope, int value, boolean bfloat16) {
    CausalAttention.Geometry geometry =
        new CausalAttention.Geometry(
            heads, nope, rope, value, 1 / Math.sqrt(nope + rope), bfloat16);
    int[] offsets = {0, 1, 1, 64, 129, 190};
    int tokens = offsets[offsets.length - 1];
    twins.compare(
        (attention, memory) -> {
          Tensor q = memory.floats(tokens, heads * (nope + rope));
          Tensor kv = memory.floats(tokens, heads * (nope + value));
          Tensor kRope = memory.floats(tokens, rope);
          Tensor out = memory.empty(DType.F32, tokens, heads * value);
          Tensor lse = memory.empty(DType.F32, tokens, heads);
          attention.forward(geometry, q, kv, kRope, offsets, out, lse);
          attention.backward(
              geometry,
              q,
              kv,
              kRope,
              offsets,
              out,
              lse,
              memory.floats(tokens, heads * value),
              memory.empty(DType.F32, tokens, heads * (nope + rope)),
              memory.empty(DType.F32, tokens, heads * (nope + value)),
              memory.empty(DType.F32, tokens, rope));
        });
  }
}
