package dev.hadal.bench;

import dev.hadal.kernels.CausalAttention;
import dev.hadal.kernels.LatentAttention;
import dev.hadal.tensor.Tensor;
import java.util.List;

/** Times attention; of the causal one the arithmetic on unmasked pairs is counted. */
final class ProfiledAttention {
  private ProfiledAttention() {}

  static CausalAttention of(CausalAttention inner, Stopwatch watch) {
    return new CausalAttention() {
      @Override
      public void forward(
          Geometry geometry,
          Tensor q,
          Tensor kv,
          Tensor kRope,
          int[] sequenceOffsets,
          Tensor out,
          Tensor lse) {
        double flops =
            2 * pairs(sequenceOffsets) * geometry.heads() * (key(geometry) + geometry.value());
        watch.time(
            "attention.forward",
            flops,
            () -> inner.forward(geometry, q, kv, kRope, sequenceOffsets, out, lse));
      }

      @Override
      public void backward(
          Geometry geometry,
          Tensor q,
          Tensor kv,
          Tensor kRope,
          int[] sequenceOffsets,
          Tensor out,
          Tensor lse,
          Tensor dout,
          Tensor dq,
          Tensor dkv,
          Tensor dkRope) {
        // Scores again, dP, dV, dK, dQ.
        double flops =
            2
                * pairs(sequenceOffsets)
                * geometry.heads()
                * (3.0 * key(geometry) + 2.0 * geometry.value());
        watch.time(
            "attention.backward",
            flops,
            () ->
                inner.backward(
                    geometry, q, kv, kRope, sequenceOffsets, out, lse, dout, dq, dkv, dkRope));
      }
    };
  }

  private static int key(CausalAttention.Geometry geometry) {
    return geometry.nope() + geometry.rope();
  }

  private static double pairs(int[] offsets) {
    double pairs = 0;
    for (int s = 1; s < offsets.length; s++) {
      double length = offsets[s] - offsets[s - 1];
      pairs += length * (length + 1) / 2;
    }
    return pairs;
  }

  static LatentAttention of(LatentAttention inner, Stopwatch watch) {
    return new LatentAttention() {
      @Override
      public void forward(
          int heads,
          int latent,
          int rope,
          double scale,
          boolean bfloat16,
          Tensor q,
          List<Query> queries,
          Tensor out) {
        double positions = queries.stream().mapToDouble(query -> query.position() + 1.0).sum();
        watch.time(
            "latentAttention.forward",
            2 * positions * heads * (2.0 * latent + rope),
            () -> inner.forward(heads, latent, rope, scale, bfloat16, q, queries, out));
      }
    };
  }
}
