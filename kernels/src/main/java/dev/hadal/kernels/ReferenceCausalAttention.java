package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.util.Arrays;

/** {@link CausalAttention}, a sequence and head at a time. */
record ReferenceCausalAttention(Arithmetic arithmetic) implements CausalAttention {
  @Override
  public void forward(
      Geometry geometry,
      Tensor q,
      Tensor kv,
      Tensor kRope,
      int[] sequenceOffsets,
      Tensor out,
      Tensor lse) {
    requireOperands(arithmetic, geometry, q, kv, kRope, out, lse);
    requireOffsets(sequenceOffsets, q.rows());
    for (int s = 0; s + 1 < sequenceOffsets.length; s++) {
      for (int h = 0; h < geometry.heads(); h++) {
        int from = sequenceOffsets[s];
        int to = sequenceOffsets[s + 1];
        new ReferenceAttentionHead(arithmetic, geometry, h, from, to, q, kv, kRope)
            .forward(out, lse);
      }
    }
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
    requireOperands(arithmetic, geometry, q, kv, kRope, out, lse);
    requireOffsets(sequenceOffsets, q.rows());
    requireGradients(arithmetic, q, kv, kRope, out, dout, dq, dkv, dkRope);
    for (int s = 0; s + 1 < sequenceOffsets.length; s++) {
      for (int h = 0; h < geometry.heads(); h++) {
        int from = sequenceOffsets[s];
        int to = sequenceOffsets[s + 1];
        new ReferenceAttentionHead(arithmetic, geometry, h, from, to, q, kv, kRope)
            .backward(out, lse, dout, dq, dkv, dkRope);
      }
    }
  }

  /** Fails unless operands and results of forward have the geometry's sizes. */
  static void requireOperands(
      Arithmetic arithmetic,
      Geometry geometry,
      Tensor q,
      Tensor kv,
      Tensor kRope,
      Tensor out,
      Tensor lse) {
    long tokens = q.rows();
    long heads = geometry.heads();
    arithmetic.require("attention q", q, tokens, heads * (geometry.nope() + geometry.rope()));
    arithmetic.require("attention kv", kv, tokens, heads * (geometry.nope() + geometry.value()));
    arithmetic.require("attention kRope", kRope, tokens, geometry.rope());
    arithmetic.require("attention out", out, tokens, heads * geometry.value());
    arithmetic.require("attention lse", lse, tokens, heads);
  }

  /** Fails unless every gradient has the sizes of what it is the gradient of. */
  static void requireGradients(
      Arithmetic arithmetic,
      Tensor q,
      Tensor kv,
      Tensor kRope,
      Tensor out,
      Tensor dout,
      Tensor dq,
      Tensor dkv,
      Tensor dkRope) {
    arithmetic.require("attention dout", dout, out.shape().extents());
    arithmetic.require("attention dq", dq, q.shape().extents());
    arithmetic.require("attention dkv", dkv, kv.shape().extents());
    arithmetic.require("attention dkRope", dkRope, kRope.shape().extents());
  }

  /** Fails unless offsets ascend from 0 to the tokens. */
  static void requireOffsets(int[] offsets, int tokens) {
    boolean good = offsets.length > 0 && offsets[0] == 0 && offsets[offsets.length - 1] == tokens;
    for (int i = 1; i < offsets.length; i++) {
      good &= offsets[i - 1] <= offsets[i];
    }
    if (!good) {
      throw new IllegalArgumentException(
          "attention: sequence offsets must ascend from 0 to %d, got %s"
              .formatted(tokens, Arrays.toString(offsets)));
    }
  }
}
