package dev.hadal.model;

import dev.hadal.format.GgufFiles;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.GroupedWeights;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link InferenceModel} needs, computed from the shapes before anything is allocated.
 *
 * @param weights packed weights, tables and norms, in bytes
 * @param cachePerPage latent cache of 64 positions in all layers, in bytes
 * @param scratch temporary memory of one pass, in bytes
 * @param readPerToken bytes of weights that decoding one token reads, without the MTP layer
 */
public record InferenceMemory(long weights, long cachePerPage, long scratch, long readPerToken) {
  private static final long SLACK = 256L << 20;

  /** The need of a model in a mode, whatever its files hold. */
  public static InferenceMemory of(ModelConfig config, InferenceMode mode, DType computeType) {
    return of(config, mode, computeType, _ -> null);
  }

  /** The need of weights files in a mode. */
  public static InferenceMemory of(
      ModelConfig config, WeightFiles files, Kernels kernels, InferenceMode mode) {
    return of(InferenceWeights.OfFiles.of(config, files), mode, kernels.computeType());
  }

  /** The need of GGUF files in a mode. */
  public static InferenceMemory of(
      GgufConfig config, GgufFiles files, Kernels kernels, InferenceMode mode) {
    InferenceWeights weights = GgufWeights.of(config, files, kernels.team());
    return of(weights, mode, kernels.computeType());
  }

  static InferenceMemory of(InferenceWeights weights, InferenceMode mode, DType computeType) {
    boolean keeps = mode.keepsIntegers() && computeType == DType.F32;
    return of(weights.config(), mode, computeType, name -> keeps ? weights.layout(name) : null);
  }

  /** What a weight is where it stays small integers, else null. */
  @FunctionalInterface
  private interface Layouts {
    GroupedWeights.@Nullable Layout of(String name);
  }

  private static InferenceMemory of(
      ModelConfig config, InferenceMode mode, DType computeType, Layouts layouts) {
    Weights weights = weights(config, mode, computeType, layouts);
    return new InferenceMemory(
        weights.all(),
        LatentCachePool.pageBytes(
            mode.rounds() ? DType.BF16 : computeType,
            config.allLayers(),
            config.kvLoraRank() + config.qkRopeHeadDim()),
        scratch(config, computeType),
        weights.read());
  }

  /** Bytes of weights: all, and those that a token needs. */
  private record Weights(long all, long read) {}

  private static Weights weights(
      ModelConfig config, InferenceMode mode, DType computeType, Layouts layouts) {
    long all = 0;
    double read = 0;
    for (Map.Entry<String, Shape> entry : ParameterNames.of(config).entrySet()) {
      String name = entry.getKey();
      Shape shape = entry.getValue();
      boolean multiplied =
          shape.axes() == 2
              && !name.equals(ParameterNames.EMBEDDING)
              && !name.endsWith("mlp.gate.weight")
              && !name.endsWith("kv_b_proj.weight");
      GroupedWeights.Layout layout = multiplied ? layouts.of(name) : null;
      long bytes =
          layout == null
              ? shape.elements() * bytes(name, shape, mode, computeType)
              : layout.packedBytes(shape.extent(0), Math.toIntExact(shape.extent(1)));
      all += bytes;
      read += bytes * share(config, name);
    }
    return new Weights(all, (long) read);
  }

  /** How much of a weight one token needs. */
  private static double share(ModelConfig config, String name) {
    boolean mtp = name.startsWith(ParameterNames.layer(config.numHiddenLayers()));
    if (mtp || name.equals(ParameterNames.EMBEDDING)) {
      return 0;
    }
    boolean routed = name.contains(".mlp.experts.");
    return routed ? (double) config.numExpertsPerTok() / config.nRoutedExperts() : 1;
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
