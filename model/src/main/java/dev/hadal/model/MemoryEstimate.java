package dev.hadal.model;

import dev.hadal.kernels.Matrix;

/**
 * Counts the tensors that the layers take, in bytes; keeps step with their forward and backward
 * methods. Letters: D model width, F inner width of a feed-forward layer.
 */
final class MemoryEstimate {
  private static final long FP32 = Float.BYTES;

  /** For panel and cache-line padding. */
  private static final double MARGIN = 1.06;

  private final ModelConfig config;
  private final LinearKind kind;
  private final boolean mtp;

  MemoryEstimate(ModelConfig config, Precision precision, boolean mtp) {
    this.config = config;
    this.kind = LinearKind.inBlocks(precision);
    this.mtp = mtp && config.numNextnPredictLayers() > 0;
  }

  MemoryPlan plan(long tokens, long mtpTokens) {
    ParameterCounts counts = config.parameterCounts();
    long weights = counts.total() - counts.embedding() + (mtp ? counts.mtp() : 0);
    long activations = tokens * 16L * config.hiddenSize();
    long scratch = Math.max(head(tokens), preparation(weights));
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      boolean moe = config.isMoe(layer);
      activations += tokens * savedByBlock(moe);
      scratch = Math.max(scratch, blockScratch(tokens, moe));
    }
    if (mtp) {
      long d = config.hiddenSize();
      long joined = kind == LinearKind.DENSE ? 8 * d : 4 * d;
      activations += mtpTokens * (savedByBlock(true) + 5 * FP32 * d + joined + 12);
      scratch = Math.max(scratch, mtpTokens * 20 * d + 8 * d * d + blockScratch(mtpTokens, true));
    }
    return new MemoryPlan(
        (counts.total() + counts.mtp()) * FP32,
        withMargin(2 * weights * (kind == LinearKind.DENSE ? FP32 : 2)),
        withMargin(activations),
        withMargin(scratch));
  }

  private static long withMargin(long bytes) {
    return (long) (bytes * MARGIN) + (4L << 20);
  }

  /** Bytes of one row of an operand. */
  private long operand(long width) {
    return switch (kind) {
      case DENSE -> FP32 * width;
      case BFLOAT -> 2 * width;
      case TILED -> width + scales(width);
    };
  }

  private static long scales(long width) {
    return FP32 * Matrix.Tiled.groups(Math.toIntExact(width));
  }

  /** Bytes of one row of an operand beside the tensor it is made of. */
  private long converted(long width) {
    return kind == LinearKind.DENSE ? 0 : operand(width);
  }

  /** Bytes of one row of an operand packed for Wgrad, FP8 as decoded BF16 with its scales. */
  private static long packedRow(LinearKind kind, long width) {
    return kind == LinearKind.DENSE ? FP32 * width : 2 * width + FP32 * width / 128;
  }

  private long savedByBlock(boolean moe) {
    return savedByAttention()
        + 2 * FP32 * config.hiddenSize()
        + (moe ? savedByMoe() : savedDense());
  }

  private long savedByAttention() {
    long heads = config.numAttentionHeads();
    long out = heads * config.vHeadDim();
    long bytes = FP32 + operand(config.hiddenSize()) + FP32 * heads * config.qkHeadDim();
    if (config.compressesQueries()) {
      bytes += FP32 * config.qLoraRank() + FP32 + operand(config.qLoraRank());
    }
    bytes += FP32 * (config.kvLoraRank() + config.qkRopeHeadDim() + 1);
    bytes += operand(config.kvLoraRank());
    bytes += FP32 * heads * (config.qkNopeHeadDim() + config.vHeadDim());
    bytes += kind == LinearKind.TILED ? 2 * out + scales(out) : FP32 * out;
    return bytes + FP32 * heads;
  }

  /** Gate and up of one row. */
  private long savedGated(long width) {
    return 2 * (kind == LinearKind.TILED ? operand(width) : FP32 * width);
  }

  private long savedDense() {
    return FP32 + operand(config.hiddenSize()) + savedGated(config.intermediateSize());
  }

  private long savedByMoe() {
    long d = config.hiddenSize();
    long chosen = config.numExpertsPerTok();
    return FP32
        + FP32 * d
        + 2 * FP32 * config.nRoutedExperts()
        + 2 * FP32 * chosen
        + 2 * converted(d)
        + chosen * savedGated(config.moeIntermediateSize())
        + savedGated(config.sharedIntermediateSize());
  }

  private long blockScratch(long tokens, boolean moe) {
    long feedForward = moe ? moeScratch(tokens) : gatedScratch(tokens, config.intermediateSize());
    long d = FP32 * config.hiddenSize();
    return Math.max(tokens * d + feedForward, attentionScratch(tokens));
  }

  private long attentionScratch(long tokens) {
    long heads = config.numAttentionHeads();
    long d = config.hiddenSize();
    long q = heads * config.qkHeadDim();
    long kv = heads * (config.qkNopeHeadDim() + config.vHeadDim());
    long out = heads * config.vHeadDim();
    long latent = config.kvLoraRank();
    long down = config.qLoraRank();
    long kvA = latent + config.qkRopeHeadDim();
    long gradients =
        FP32 * (d + out + q + kv + config.qkRopeHeadDim() + 2 * latent + kvA + 2 * down);
    long rows = converted(d) + converted(q) + converted(kv) + converted(kvA) + converted(down);
    long columns =
        kind == LinearKind.TILED
            ? rows + FP32 * (out + d + down + latent) + operand(d + down + latent + out)
            : converted(out);
    long packed = packedRow(kind, d + down + latent + out);
    long weights = config.parameterCounts().attention() / config.numHiddenLayers() * FP32;
    return tokens * (gradients + rows + columns + packed) + weights;
  }

  private long gatedScratch(long tokens, long width) {
    return tokens * gatedRow(width, config.hiddenSize()) + 3 * FP32 * width * config.hiddenSize();
  }

  /** One row of a feed-forward layer's backward pass. */
  private long gatedRow(long width, long d) {
    long restored = kind == LinearKind.TILED ? 2 * FP32 * width : 0;
    long rows = converted(d) + 2 * converted(width);
    long columns = converted(width);
    if (kind == LinearKind.TILED) {
      columns += rows + FP32 * d + operand(d);
    }
    return restored + 2 * FP32 * width + rows + columns + packedRow(kind, d + width);
  }

  private long moeScratch(long tokens) {
    long d = config.hiddenSize();
    long width = config.moeIntermediateSize();
    long shared = config.sharedIntermediateSize();
    long experts = config.nRoutedExperts();
    long rows = tokens * config.numExpertsPerTok();
    long routed =
        gatedRow(width, d) + FP32 * d + 2 * operand(d) + (kind == LinearKind.DENSE ? 0 : FP32 * d);
    long weights = 3 * FP32 * d * (experts * width + shared) + FP32 * experts * d;
    long gate = tokens * (FP32 * d + FP32 * experts + FP32 * config.numExpertsPerTok());
    return rows * (routed + converted(d))
        + tokens * (converted(d) + gatedRow(shared, d))
        + gate
        + weights;
  }

  private long head(long tokens) {
    long vocabulary = config.vocabSize();
    long d = config.hiddenSize();
    long slice = Math.min(tokens, OutputHead.sliceRows(config.vocabSize()));
    long operands = kind == LinearKind.DENSE ? 0 : 2 * (vocabulary + d);
    long row = FP32 * vocabulary + operands + packedRow(kind, d);
    return slice * row + FP32 * tokens + FP32 * vocabulary * d;
  }

  private long preparation(long weights) {
    return switch (kind) {
      case DENSE -> 0;
      case BFLOAT -> 2 * weights;
      case TILED -> weights + weights / 32 + FP32 * largestWeight();
    };
  }

  private long largestWeight() {
    return ParameterNames.of(config).values().stream()
        .mapToLong(dev.hadal.tensor.Shape::elements)
        .max()
        .orElse(0);
  }
}
