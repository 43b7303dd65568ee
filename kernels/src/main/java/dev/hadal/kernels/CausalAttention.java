package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/**
 * Causal multi-head latent attention in the expanded form, for training (DeepSeek-V3 report §2.1.1,
 * equations 6 to 10), blocked so that no S x S matrix is ever in memory.
 *
 * <p>Letters: T tokens of all sequences, H heads, N nope width, R rope width, V value width. For
 * head h: query = q[t, h(N+R) .. ], its N nope then R rope elements; key of token j = kv[j, h(N+V)
 * .. +N] then kRope[j, 0..R); value = the V elements of kv after the nope key.
 *
 * <p>Order, which fixes the bits. Positions inside a sequence are cut into blocks of 64 from 0. For
 * a query, key blocks are walked upwards; in a block all 64 keys are walked, the masked ones with
 * probability zero. Rows beyond the sequence hold zeros:
 *
 * <pre>
 * s_j   = dot(q, k_j) * scale         contraction over N then R in one chain
 * m'    = max(m, max_j s_j)           over unmasked j, as Math.max; m starts at -infinity
 * a     = exp(m - m')                 0 for the first block
 * p_j   = exp(s_j - m')               0 where masked
 * l     = fma(l, a, sum_j p_j)        the sum in the 16-lane layout, l starts at 0
 * o_d   = o_d * a, then fma(p_j, v_jd, o_d) over ascending j (from 0 in the first block)
 * </pre>
 *
 * finally {@code out = o * (1 / l)}, {@code lse = m + log(l)}. With {@code bfloat16} the operands
 * q, k, v, p (and dout, dS in backward) are rounded to BF16 as {@link Quantizer#toBFloat16} does,
 * and every contraction takes its terms in the pair order of {@link Matrix.BFloat}; l sums the
 * unrounded p; and what {@code o_d * a} leaves below 2^-90 in magnitude counts as zero, as with the
 * starting values of {@link MatMul.Job}.
 *
 * <p>Backward: {@code delta_i} = sum of dout * out over V by fma in the 16-lane layout; {@code p_ij
 * = exp(s_ij - lse_i)}, 0 where masked; {@code dP_ij = dot(dout_i, v_j)}; {@code dS_ij = (p_ij *
 * (dP_ij - delta_i)) * scale}; {@code dv_j = sum_i p_ij dout_i}, {@code dk_j = sum_i dS_ij q_i}
 * over ascending i from the first query of j's block to the end of its last block, {@code dq_i =
 * sum_j dS_ij k_j} over ascending j from 0 to the end of i's block, each one chain from +0 over
 * masked and padded terms too. dkRope is the sum over heads of each head's part, added in ascending
 * head order from the first head's. Masked are keys after the query; queries beyond the sequence
 * have zero rows, delta 0 and lse +infinity.
 */
public interface CausalAttention {
  /**
   * What does not change between calls.
   *
   * @param heads H
   * @param nope N
   * @param rope R
   * @param value V
   * @param scale softmax scale
   * @param bfloat16 whether operands are rounded to BF16
   */
  record Geometry(int heads, int nope, int rope, int value, double scale, boolean bfloat16) {}

  /**
   * Forward.
   *
   * @param q [T, H(N+R)]
   * @param kv [T, H(N+V)]
   * @param kRope [T, R], rotated
   * @param sequenceOffsets ascending, from 0 to T: sequence s is rows [offset s, offset s+1)
   * @param out [T, H V], set
   * @param lse [T, H], set
   */
  void forward(
      Geometry geometry,
      Tensor q,
      Tensor kv,
      Tensor kRope,
      int[] sequenceOffsets,
      Tensor out,
      Tensor lse);

  /** Backward; dq, dkv, dkRope are set. */
  void backward(
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
      Tensor dkRope);
}
