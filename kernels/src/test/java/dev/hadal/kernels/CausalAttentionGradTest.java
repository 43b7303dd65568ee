package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.Tensor;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

final class CausalAttentionGradTest {
  private static final int HEADS = 2;
  private static final int NOPE = 3;
  private static final int ROPE = 2;
  private static final int VALUE = 5;

  private final Doubles doubles = new Doubles(7);
  private final CausalAttention attention = Doubles.KERNELS.causalAttention();

  @Test
  void gradientsAreTheDifferences() {
    CausalAttention.Geometry geometry =
        new CausalAttention.Geometry(HEADS, NOPE, ROPE, VALUE, 0.5, false);
    int[] offsets = {0, 1, 64, 128, 193, 323};
    int tokens = 323;
    Tensor q = doubles.normal(tokens, HEADS * (NOPE + ROPE));
    Tensor kv = doubles.normal(tokens, HEADS * (NOPE + VALUE));
    Tensor kRope = doubles.normal(tokens, ROPE);
    Tensor out = doubles.unset(tokens, HEADS * VALUE);
    Tensor lse = doubles.unset(tokens, HEADS);
    Tensor dout = doubles.normal(tokens, HEADS * VALUE);
    DoubleSupplier loss =
        () -> {
          attention.forward(geometry, q, kv, kRope, offsets, out, lse);
          return Doubles.weighted(out, dout);
        };
    assertThat(loss.getAsDouble()).isFinite();
    Tensor dq = doubles.unset(q.shape().extents());
    Tensor dkv = doubles.unset(kv.shape().extents());
    Tensor dkRope = doubles.unset(kRope.shape().extents());
    attention.backward(geometry, q, kv, kRope, offsets, out, lse, dout, dq, dkv, dkRope);
    doubles.requireGradient("q", loss, q, dq);
    doubles.requireGradient("kv", loss, kv, dkv);
    doubles.requireGradient("kRope", loss, kRope, dkRope);
  }
}
