package dev.hadal.model;

import dev.hadal.format.GgufFiles;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.GroupedWeights;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * What an {@link InferenceModel} needs, computed from the shapes before anything is allocated.
 *
 * @param weights packed weights, tables and norms, in bytes
 * @param cachePerPage latent cache of 64 positions in all layers, in bytes
 * @param scratch temporary memory of one pass, in bytes
 * @param readPerToken bytes of weights that decoding one token reads, without the MTP layer
 * @param experts the part of the weights that need not be in memory all at once
 */
public record InferenceMemory(
    long weights, long cachePerPage, long scratch, long readPerToken, Experts experts) {
  private static final long SLACK = 256L << 20;
  private static final int PAGE = 64;

  /**
   * The routed experts of all layers.
   *
   * @param count how many
   * @param bytes of all
   * @param largest bytes of the largest
   */
  public record Experts(int count, long bytes, long largest) {}

  /** The need of a model in a mode, whatever its files hold. */
  public static InferenceMemory of(ModelConfig config, InferenceMode mode, Kernels kernels) {
    return of(config, mode, kernels, _ -> null);
  }

  /** The need in mode int8 if all linears of the blocks were 4-bit integers. */
  public static InferenceMemory ofIntegers(ModelConfig config, Kernels kernels) {
    GroupedWeights.Layout layout =
        new GroupedWeights.Layout(true, GroupedWeights.STEP, DType.BF16, false);
    Set<String> narrow = new HashSet<>();
    ParameterNames.of(config)
        .forEach(
            (name, shape) -> {
              boolean linear = shape.axes() == 2 && name.contains(".layers.");
              if (linear && shape.extent(1) % GroupedWeights.STEP == 0) {
                narrow.add(name);
              }
            });
    return of(config, InferenceMode.INT8, kernels, name -> narrow.contains(name) ? layout : null);
  }

  /** The need of weights files in a mode. */
  public static InferenceMemory of(
      ModelConfig config, WeightFiles files, Kernels kernels, InferenceMode mode) {
    return of(InferenceWeights.OfFiles.of(config, files), mode, kernels);
  }

  /** The need of GGUF files in a mode. */
  public static InferenceMemory of(
      GgufConfig config, GgufFiles files, Kernels kernels, InferenceMode mode) {
    InferenceWeights weights = GgufWeights.of(config, files, kernels.team());
    return of(weights, mode, kernels);
  }

  static InferenceMemory of(InferenceWeights weights, InferenceMode mode, Kernels kernels) {
    return of(weights.config(), mode, kernels, weights::layout);
  }

  private static InferenceMemory of(
      ModelConfig config, InferenceMode mode, Kernels kernels, PackedSizes.Layouts layouts) {
    DType computeType = kernels.computeType();
    PackedSizes.Sums sums = new PackedSizes(config, mode, kernels, layouts).sums();
    return new InferenceMemory(
        sums.all(),
        LatentCachePool.pageBytes(
            mode.rounds() ? DType.BF16 : computeType,
            config.allLayers(),
            config.kvLoraRank() + config.qkRopeHeadDim()),
        scratch(config, computeType),
        sums.read(),
        sums.experts());
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
    long pages = positions / PAGE + (positions % PAGE == 0 ? 0 : 1);
    if (pages > (Long.MAX_VALUE - weights - scratch) / cachePerPage) {
      return Long.MAX_VALUE;
    }
    return weights + pages * cachePerPage + scratch;
  }

  /**
   * The same with one routed expert in memory: the least with which the model works, the others
   * being read as they are needed.
   */
  public long least(long positions) {
    long total = total(positions);
    return total == Long.MAX_VALUE ? total : total - experts.bytes + experts.largest;
  }

  /** The most positions that fit beside the least of weights; 0 if none does. */
  long positions(long bytes) {
    long rest = bytes - (weights - experts.bytes + experts.largest) - scratch;
    return Math.max(0, rest / cachePerPage) * PAGE;
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
