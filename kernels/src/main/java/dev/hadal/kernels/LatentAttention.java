package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.util.List;

/**
 * Absorbed multi-head latent attention over a latent cache, for inference: multi-query attention
 * with key width C + R and value width C (DeepSeek-V2 report §2.1.2; DeepSeek-V3 repository,
 * inference/model.py, attn_impl="absorb").
 *
 * <p>Order, which fixes the bits: cache blocks of 64 positions from 0 upwards with the recurrence
 * of {@link CausalAttention} (the contraction runs over C then R; values are the first C elements),
 * restarted at every multiple of 1,024 positions; the partitions' (m, l, o) are merged in ascending
 * order, into the first: {@code m = max(m1, m2)}, {@code a = exp(m1 - m)}, {@code b = exp(m2 - m)},
 * {@code l = fma(l1, a, l2 * b)}, {@code o = fma(o1, a, o2 * b)}. Hence a row's result does not
 * depend on the batch, on how a prompt was cut or on the number of threads. With {@code bfloat16}
 * what {@code o * a} leaves below 2^-90 counts as zero, as in {@link CausalAttention}.
 */
public interface LatentAttention {
  /** Positions in a cache block. */
  int BLOCK = 64;

  /** Positions in a partition. */
  int PARTITION = 1024;

  /** The cached rows of one sequence in one layer. */
  interface Cache {
    /**
     * Block {@code index}: [64, C + R] in F32 (F64 in the FP64 reference) or BF16; rows beyond the
     * last written position hold zeros. A BF16 block holds operands as {@link Quantizer#toBFloat16}
     * makes them: no magnitude between 0 and 2^-50.
     */
    Tensor block(int index);
  }

  /**
   * One query row.
   *
   * @param cache the sequence's cache; already holds this position
   * @param position attends to positions 0 to this one
   */
  record Query(Cache cache, int position) {}

  /**
   * Forward.
   *
   * @param heads H
   * @param latent C
   * @param rope R
   * @param scale softmax scale
   * @param bfloat16 whether q and p are rounded to BF16 and contractions use the pair order
   * @param q [T, H (C + R)]: per head the absorbed query, then the rotated part
   * @param queries T of them
   * @param out [T, H C], set
   */
  void forward(
      int heads,
      int latent,
      int rope,
      double scale,
      boolean bfloat16,
      Tensor q,
      List<Query> queries,
      Tensor out);
}
