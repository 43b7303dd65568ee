package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import java.util.List;

/**
 * The kernels of one tier, chosen once at start. Every family has a scalar reference that reads
 * like its formula; the other tiers give the same bits.
 */
public interface Kernels extends AutoCloseable {
  /**
   * The name of the tier that serves most families: {@code reference}, {@code vector} or {@code
   * generated}; {@link #families} says each one's.
   */
  String tier();

  /** Which tier serves each family, and why, in the order of {@link KernelFamily}. */
  List<ServedFamily> families();

  /** The type of activations: F32, or F64 in the FP64 reference. */
  DType computeType();

  /** The threads that the kernels use. */
  ThreadTeam team();

  /** Matrix products. */
  MatMul matMul();

  /** Conversions to and from low precision. */
  Quantizer quantizer();

  /** Root-mean-square normalisation. */
  RmsNorm rmsNorm();

  /** The gated activation. */
  SwiGlu swiGlu();

  /** Rotary positions. */
  RotaryEmbedding rotaryEmbedding();

  /** Attention for training. */
  CausalAttention causalAttention();

  /** Attention over the latent cache. */
  LatentAttention latentAttention();

  /** Expert routing. */
  Gate gate();

  /** Dispatch and combine. */
  Permutation permutation();

  /** Token embedding. */
  Embedding embedding();

  /** Loss. */
  CrossEntropy crossEntropy();

  /** Sums and copies. */
  Elementwise elementwise();

  /** Optimiser steps, norms, exact sums. */
  Optimizer optimizer();

  /** Stops the threads and gives back scratch memory. */
  @Override
  void close();
}
