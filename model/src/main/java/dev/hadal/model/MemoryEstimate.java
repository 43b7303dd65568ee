package dev.hadal.model;

import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.Shape;
import java.util.Map;

/**
 * Counts the tensors that the layers take, in bytes; keeps step with their forward and backward
 * methods. Right operands are counted as the vector kernels pack them: outputs in panels of {@link
 * #PANEL}, words of four bytes along the contraction, and for FP8 a scale for each output and group
 * of 128. Letters: D model width, F inner width of a feed-forward layer.
 */
final class MemoryEstimate {
  private static final long FP32 = Float.BYTES;

  /** The widest panel of outputs that kernels pack. */
  private static final int PANEL = 32;

  private static final int GROUP = Matrix.Tiled.GROUP;

  /** For cache-line padding of tensors, beside the part that grows with their number. */
  private static final double MARGIN = 1.02;

  private static final long LINE = 64;

  /** More than the tensors that a block takes at once, its experts' left out. */
  private static final long TENSORS_OF_BLOCK = 96;

  /** More than the tensors that an expert takes at once. */
  private static final long TENSORS_OF_EXPERT = 20;

  private final ModelConfig config;
  private final LinearKind kind;
  private final LinearKind outside;
  private final boolean mtp;

  MemoryEstimate(ModelConfig config, Precision precision, boolean mtp) {
    this.config = config;
    this.kind = LinearKind.inBlocks(precision);
    this.outside = LinearKind.outsideBlocks(precision);
    this.mtp = mtp && config.numNextnPredictLayers() > 0;
  }

  MemoryPlan plan(long tokens, long mtpTokens) {
    ParameterCounts counts = config.parameterCounts();
    WeightBytes weights = weights();
    long activations = tokens * 16L * config.hiddenSize();
    long scratch = Math.max(head(Math.max(tokens, mtpTokens)), weights.rounded);
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      boolean moe = config.isMoe(layer);
      activations += tokens * savedByBlock(moe);
      scratch = Math.max(scratch, blockScratch(tokens, moe));
    }
    if (mtp) {
      long d = config.hiddenSize();
      activations += mtpTokens * (savedByBlock(true) + 5 * FP32 * d + outsideRow(2 * d) + 12);
      long block = mtpTokens * FP32 * d + blockScratch(mtpTokens, true);
      scratch = Math.max(scratch, Math.max(block, mtpScratch(mtpTokens)));
    }
    long lines = LINE * TENSORS_OF_BLOCK * (config.allLayers() + 1);
    long expertLines = LINE * TENSORS_OF_EXPERT * config.nRoutedExperts();
    return new MemoryPlan(
        (counts.total() + counts.mtp()) * FP32,
        withMargin(weights.packed) + 4 * LINE * weights.tensors,
        withMargin(activations) + lines,
        withMargin(scratch) + lines + Math.max(expertLines, 2 * LINE * weights.tensors));
  }

  private static long withMargin(long bytes) {
    return (long) (bytes * MARGIN);
  }

  /**
   * The linears together.
   *
   * @param packed in both directions
   * @param rounded operands before packing, and the master's rounding they are made in
   */
  private record WeightBytes(long packed, long rounded, long tensors) {}

  private WeightBytes weights() {
    long packed = 0;
    long rounded = 0;
    long tensors = 0;
    long largestTiled = 0;
    for (Map.Entry<String, Shape> entry : ParameterNames.of(config).entrySet()) {
      Shape shape = entry.getValue();
      String name = entry.getKey();
      boolean unused = !mtp && name.startsWith(ParameterNames.layer(config.numHiddenLayers()));
      if (shape.axes() == 2 && !name.equals(ParameterNames.EMBEDDING) && !unused) {
        LinearKind of = kindOf(name);
        long out = shape.extent(0);
        long in = shape.extent(1);
        packed += packed(of, out, in, 1) + packed(of, in, out, 1);
        rounded += rounded(of, out, in);
        largestTiled = Math.max(largestTiled, of == LinearKind.TILED ? out * in : 0);
        tensors++;
      }
    }
    return new WeightBytes(packed, rounded + FP32 * largestTiled, tensors);
  }

  private LinearKind kindOf(String name) {
    if (name.endsWith("mlp.gate.weight")) {
      return LinearKind.DENSE;
    }
    boolean isOutside = name.equals(ParameterNames.HEAD) || name.endsWith("eh_proj.weight");
    return isOutside ? outside : kind;
  }

  private static long rounded(LinearKind kind, long out, long in) {
    return switch (kind) {
      case DENSE -> 0;
      case BFLOAT -> 2 * out * in;
      case TILED -> out * in + FP32 * groups(out) * groups(in);
    };
  }

  /**
   * A right operand as packed.
   *
   * @param segments into how many products the contraction is divided
   */
  private static long packed(LinearKind kind, long outputs, long depth, long segments) {
    long padded = Math.ceilDiv(outputs, PANEL) * PANEL;
    return switch (kind) {
      case DENSE -> FP32 * padded * depth;
      case BFLOAT -> 2 * padded * (depth + segments);
      case TILED -> padded * (depth + 3 * segments) + FP32 * padded * (depth / GROUP + segments);
    };
  }

  private static long groups(long length) {
    return Math.ceilDiv(length, GROUP);
  }

  /** Bytes of one row of an operand. */
  private long operand(long width) {
    return switch (kind) {
      case DENSE -> FP32 * width;
      case BFLOAT -> 2 * width;
      case TILED -> width + FP32 * groups(width);
    };
  }

  /** Bytes of one row of an operand outside the blocks, with the tensor it is in FP32. */
  private long outsideRow(long width) {
    return outside == LinearKind.DENSE ? FP32 * width : 2 * width;
  }

  private static long scales(long width) {
    return FP32 * groups(width);
  }

  /** Bytes of one row of an operand beside the tensor it is made of. */
  private long converted(long width) {
    return kind == LinearKind.DENSE ? 0 : operand(width);
  }

  /** An operand of Wgrad tiled along the tokens. */
  private static long columns(long rows, long width, long segments) {
    return rows * width + FP32 * width * (rows / GROUP + segments);
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
    long feedForward =
        moe
            ? moeScratch(tokens)
            : gated(tokens, config.intermediateSize(), 1) + gatedWeights(config.intermediateSize());
    long d = FP32 * config.hiddenSize();
    return Math.max(tokens * d + feedForward, attentionScratch(tokens));
  }

  private long gatedWeights(long width) {
    return 3 * FP32 * width * config.hiddenSize();
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
    long tiles = 0;
    if (kind == LinearKind.TILED) {
      tiles += tokens * FP32 * (out + d + down + latent);
      for (long width : new long[] {d, q, kv, kvA, down, d, down, latent, out}) {
        tiles += columns(tokens, width, 1);
      }
    } else {
      tiles += tokens * converted(out);
    }
    long packed = 0;
    for (long width : new long[] {d, down, latent, out}) {
      packed += packed(kind, width, tokens, 1);
    }
    long weights = config.parameterCounts().attention() / config.numHiddenLayers() * FP32;
    return tokens * (gradients + rows) + tiles + packed + weights;
  }

  /**
   * A feed-forward layer's backward pass without its weight gradients.
   *
   * @param segments experts among which the rows are divided
   */
  private long gated(long rows, long width, long segments) {
    long d = config.hiddenSize();
    long bytes = rows * (2 * FP32 * width + converted(d) + 2 * converted(width));
    switch (kind) {
      case DENSE -> {}
      case BFLOAT -> bytes += rows * converted(width);
      case TILED -> {
        bytes += rows * (2 * FP32 * width + FP32 * d);
        bytes += 3 * columns(rows, width, segments) + 2 * columns(rows, d, segments);
      }
    }
    return bytes + packed(kind, d, rows, segments) + packed(kind, width, rows, segments);
  }

  private long moeScratch(long tokens) {
    long d = config.hiddenSize();
    long width = config.moeIntermediateSize();
    long shared = config.sharedIntermediateSize();
    long experts = config.nRoutedExperts();
    long rows = tokens * config.numExpertsPerTok();
    // Dispatched inputs and gradients, the experts' input gradient, and dy weighted in FP32.
    long dispatched = rows * (2 * operand(d) + FP32 * d);
    long weighted = kind == LinearKind.DENSE ? 0 : rows * (FP32 * d + converted(d));
    long gate =
        tokens * FP32 * (experts + config.numExpertsPerTok())
            + packed(LinearKind.DENSE, d, tokens, 1)
            + FP32 * experts * d;
    long sharedBytes = shared == 0 ? 0 : gated(tokens, shared, 1) + gatedWeights(shared);
    return gated(rows, width, experts)
        + dispatched
        + weighted
        + experts * gatedWeights(width)
        + tokens * converted(d)
        + gate
        + sharedBytes;
  }

  /** The MTP layer's backward pass after its block's. */
  private long mtpScratch(long tokens) {
    long d = config.hiddenSize();
    long rounded = outside == LinearKind.DENSE ? 0 : 2 * d;
    return tokens * (FP32 * 5 * d + rounded)
        + packed(outside, 2 * d, tokens, 1)
        + FP32 * 2 * d * d
        + FP32 * config.vocabSize() * d;
  }

  private long head(long tokens) {
    long vocabulary = config.vocabSize();
    long d = config.hiddenSize();
    long slice = Math.min(tokens, OutputHead.sliceRows(config.vocabSize()));
    long operands = outside == LinearKind.DENSE ? 0 : 2 * (vocabulary + d);
    return slice * (FP32 * vocabulary + operands)
        + packed(outside, d, slice, 1)
        + FP32 * tokens
        + FP32 * vocabulary * d;
  }
}
