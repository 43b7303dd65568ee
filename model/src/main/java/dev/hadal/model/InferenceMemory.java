package dev.hadal.model;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import java.util.Locale;
import java.util.Map;

/**
 * What an {@link InferenceModel} needs, computed from the shapes before anything is allocated.
 *
 * @param weights packed weights, tables and norms, in bytes
 * @param cachePerPage latent cache of 64 positions in all layers, in bytes
 * @param scratch temporary memory of one pass, in bytes
 */
public record InferenceMemory(long weights, long cachePerPage, long scratch) {
  private static final long SLACK = 256L << 20;

  /** The need of a model in a mode. */
  public static InferenceMemory of(ModelConfig config, InferenceMode mode, DType computeType) {
    return new InferenceMemory(
        weights(config, mode, computeType),
        LatentCachePool.pageBytes(
            mode.rounds() ? DType.BF16 : computeType,
            config.allLayers(),
            config.kvLoraRank() + config.qkRopeHeadDim()),
        scratch(config, computeType));
  }

  private static long weights(ModelConfig config, InferenceMode mode, DType computeType) {
    long total = 0;
    for (Map.Entry<String, Shape> entry : ParameterNames.of(config).entrySet()) {
      long elements = entry.getValue().elements();
      total += elements * bytes(entry.getKey(), entry.getValue(), mode, computeType);
    }
    return total;
  }

  private static int bytes(String name, Shape shape, InferenceMode mode, DType computeType) {
    boolean dense = shape.axes() == 1 || name.endsWith("mlp.gate.weight");
    if (dense || mode == InferenceMode.EXACT) {
      return computeType.bytes();
    }
    boolean narrow = name.contains(".self_attn.") || name.contains(".mlp.");
    return mode == InferenceMode.FP8 && narrow && !name.contains("kv_b_proj") ? 1 : 2;
  }

  /** An upper bound: every intermediate of a layer at once, and operands beside them. */
  private static long scratch(ModelConfig config, DType computeType) {
    long hidden = config.hiddenSize();
    long latent = (long) config.kvLoraRank() + config.qkRopeHeadDim();
    long heads = config.numAttentionHeads();
    long attention =
        3 * heads * config.qkHeadDim() + 3 * heads * latent + 3 * heads * config.vHeadDim();
    long dense = 4L * config.intermediateSize() + 4L * config.sharedIntermediateSize();
    long experts =
        (long) config.numExpertsPerTok() * (4L * config.moeIntermediateSize() + 3 * hidden)
            + 3L * config.nRoutedExperts();
    long row = 16 * hidden + attention + 2L * config.qLoraRank() + 6 * latent + dense + experts;
    return 2 * row * computeType.bytes() * InferenceModel.PASS_ROWS + SLACK;
  }

  /**
   * Everything together for a number of cached positions, in bytes; what no long holds is the
   * largest.
   */
  public long total(long positions) {
    long pages = (positions + 63) / 64;
    if (pages > (Long.MAX_VALUE - weights - scratch) / cachePerPage) {
      return Long.MAX_VALUE;
    }
    return weights + pages * cachePerPage + scratch;
  }

  /** One line with the parts in megabytes. */
  public String describe(long positions) {
    return String.format(
        Locale.ROOT,
        "weights %,d MB, latent cache for %,d positions %,d MB, scratch %,d MB: %,d MB",
        megabytes(weights),
        positions,
        megabytes(total(positions) - weights - scratch),
        megabytes(scratch),
        megabytes(total(positions)));
  }

  private static long megabytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
