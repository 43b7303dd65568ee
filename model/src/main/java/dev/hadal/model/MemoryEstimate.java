package dev.hadal.model;

import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.Shape;
import java.util.Map;

/**
 * Counts the tensors that the layers take, in bytes, in the order of their forward and backward
 * methods: what the workspaces hold at most is exactly this, if the routing spreads over all
 * experts in the way that needs most, else less. The kernels' own buffers are not counted.
 *
 * <p>Letters: T tokens, D model width, F inner width of a feed-forward layer.
 */
final class MemoryEstimate {
  /**
   * Rows of the routed experts.
   *
   * @param tokens the most that one expert can have
   * @param rows of all experts
   * @param parts experts with rows
   */
  private record ExpertRows(long tokens, long rows, long parts) implements WorkspaceTally.Parts {
    /** At most one run of each expert is not full. */
    @Override
    public long runs(long length) {
      return Math.min(parts * Math.ceilDiv(tokens, length), (rows + (length - 1) * parts) / length);
    }
  }

  private final ModelConfig config;
  private final LinearKind kind;
  private final LinearKind outside;
  private final boolean mtp;
  private final boolean recompute;
  private final WorkspaceTally saved = new WorkspaceTally();
  private final WorkspaceTally scratch = new WorkspaceTally();

  private MemoryEstimate(ModelConfig config, TrainingOptions options) {
    this.config = config;
    this.kind = LinearKind.inBlocks(options.precision());
    this.outside = LinearKind.outsideBlocks(options.precision());
    this.mtp = options.mtpWeight() > 0 && config.numNextnPredictLayers() > 0;
    this.recompute = options.recompute();
  }

  /** The plan of micro-batches of so many sequences of a length. */
  static MemoryPlan plan(ModelConfig config, TrainingOptions options, long sequences, long length) {
    ParameterCounts counts = config.parameterCounts();
    MemoryEstimate step = new MemoryEstimate(config, options);
    long packed = step.prepare();
    step.forwardBackward(sequences * length, sequences * (length - 1));
    return new MemoryPlan(
        (counts.total() + counts.mtp()) * Float.BYTES,
        packed,
        step.saved.peak(),
        step.scratch.peak());
  }

  /** See {@link Linear#prepare}; returns the bytes of packed weights. */
  private long prepare() {
    WorkspaceTally packed = new WorkspaceTally();
    long mark = scratch.mark();
    for (Map.Entry<String, Shape> entry : ParameterNames.of(config).entrySet()) {
      Shape shape = entry.getValue();
      String name = entry.getKey();
      boolean unused = !mtp && name.startsWith(ParameterNames.layer(config.numHiddenLayers()));
      if (shape.axes() == 2 && !name.equals(ParameterNames.EMBEDDING) && !unused) {
        LinearKind of = kindOf(name);
        long out = shape.extent(0);
        long in = shape.extent(1);
        packed.packed(of, out, in);
        packed.packed(of, in, out);
        scratch.weight(of, out, in);
      }
    }
    scratch.release(mark);
    return packed.peak();
  }

  private LinearKind kindOf(String name) {
    if (name.endsWith("mlp.gate.weight")) {
      return LinearKind.DENSE;
    }
    boolean isOutside = name.equals(ParameterNames.HEAD) || name.endsWith("eh_proj.weight");
    return isOutside ? outside : kind;
  }

  /** See {@link TrainingModel#forwardBackward}. */
  private void forwardBackward(long tokens, long mtpTokens) {
    long d = config.hiddenSize();
    saved.floats(tokens * d);
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      block(tokens, config.isMoe(layer));
    }
    saved.floats(tokens * d);
    saved.floats(tokens);
    saved.floats(tokens * d);
    head(tokens);
    long mark = saved.mark();
    if (mtp && mtpTokens > 0) {
      mtp(mtpTokens);
      head(mtpTokens);
      saved.floats(mtpTokens * d);
      mtpBackward(mtpTokens);
    }
    saved.release(mark);
    saved.floats(tokens * d);
    scratch.floats(d);
    for (int layer = config.numHiddenLayers() - 1; layer >= 0; layer--) {
      blockBackward(tokens, config.isMoe(layer));
    }
    scratch.floats(config.vocabSize() * d);
  }

  /** See {@link Block#forward}. */
  private void block(long tokens, boolean moe) {
    long d = config.hiddenSize();
    long mark = scratch.mark();
    scratch.floats(tokens * d);
    saved.floats(tokens);
    saved.floats(tokens * d);
    attention(tokens);
    scratch.release(mark);
    saved.floats(tokens * d);
    scratch.floats(tokens * d);
    saved.floats(tokens);
    if (moe) {
      mixture(tokens);
    } else {
      gated(tokens, config.intermediateSize());
    }
    scratch.release(mark);
  }

  /** See {@link NormedOperand#of}. */
  private void normedOperand(long rows, long width) {
    (kind == LinearKind.TILED ? saved : scratch).rows(kind, rows, width);
  }

  /** Where a tensor goes of which the FP8 mode keeps only codes. */
  private WorkspaceTally unlessTiled() {
    return kind == LinearKind.TILED ? scratch : saved;
  }

  /** See {@link MultiHeadLatentAttention#forward}. */
  private void attention(long tokens) {
    long heads = config.numAttentionHeads();
    long out = heads * config.vHeadDim();
    long latent = config.kvLoraRank();
    normedOperand(tokens, config.hiddenSize());
    scratch.floats(tokens * (latent + config.qkRopeHeadDim()));
    if (config.compressesQueries()) {
      saved.floats(tokens * config.qLoraRank());
      scratch.floats(tokens * config.qLoraRank());
      saved.floats(tokens);
      normedOperand(tokens, config.qLoraRank());
    }
    saved.floats(tokens * latent);
    saved.floats(tokens * config.qkRopeHeadDim());
    scratch.floats(tokens * latent);
    saved.floats(tokens);
    normedOperand(tokens, latent);
    expanded(recompute ? scratch : saved, tokens);
    unlessTiled().floats(tokens * out);
    saved.floats(tokens * heads);
    if (kind == LinearKind.TILED) {
      saved.take(Short.BYTES * tokens * out);
      saved.floats(tokens * Math.ceilDiv(out, Matrix.Tiled.GROUP));
      scratch.floats(tokens * out);
    }
    scratch.rows(kind, tokens, out);
  }

  /** Queries, keys and values, or their gradients. */
  private void expanded(WorkspaceTally memory, long tokens) {
    memory.floats(tokens * queries());
    memory.floats(tokens * keysAndValues());
  }

  private long queries() {
    return (long) config.numAttentionHeads() * config.qkHeadDim();
  }

  private long keysAndValues() {
    return (long) config.numAttentionHeads() * (config.qkNopeHeadDim() + config.vHeadDim());
  }

  /** See {@link FeedForward#forward}. */
  private void gated(long tokens, long width) {
    normedOperand(tokens, config.hiddenSize());
    activation(tokens, width);
  }

  /** Gate and up, the activation and the operand made of it, and what is kept. */
  private void activation(long rows, long width) {
    unlessTiled().floats(rows * width);
    unlessTiled().floats(rows * width);
    scratch.floats(rows * width);
    scratch.rows(kind, rows, width);
    if (kind == LinearKind.TILED) {
      saved.rows(kind, rows, width);
      saved.rows(kind, rows, width);
    }
  }

  /** See {@link MixtureOfExperts#forward} and {@link RoutedExperts#forward}. */
  private void mixture(long tokens) {
    long d = config.hiddenSize();
    long rows = tokens * config.numExpertsPerTok();
    long mark = scratch.mark();
    scratch.floats(tokens * config.nRoutedExperts());
    scratch.release(mark);
    saved.floats(tokens * config.nRoutedExperts());
    saved.floats(rows);
    saved.floats(rows);
    saved.floats(tokens * config.nRoutedExperts());
    if (config.nSharedExperts() > 0) {
      gated(tokens, config.sharedIntermediateSize());
      scratch.release(mark);
    }
    normedOperand(tokens, d);
    scratch.gather(kind, rows, d);
    activation(rows, config.moeIntermediateSize());
    scratch.floats(rows * d);
  }

  /** See {@link Block#backward}. */
  private void blockBackward(long tokens, boolean moe) {
    long d = config.hiddenSize();
    long mark = scratch.mark();
    scratch.floats(tokens * d);
    if (moe) {
      mixtureBackward(tokens);
    } else {
      gatedBackward(tokens, config.intermediateSize());
      if (kind != LinearKind.TILED) {
        scratch.floats(tokens * d);
      }
      gatedWeights(tokens, config.intermediateSize());
    }
    scratch.floats(d);
    scratch.release(mark);
    scratch.floats(tokens * d);
    attentionBackward(tokens);
    scratch.floats(d);
    scratch.release(mark);
  }

  /** See {@link FeedForward#backwardInput}. */
  private void gatedBackward(long tokens, long width) {
    activationBackward(tokens, width);
    scratch.rows(kind, tokens, config.hiddenSize());
  }

  /** Gate and up, the activation, its gradient, and the operands of those of gate and up. */
  private void activationBackward(long rows, long width) {
    if (kind == LinearKind.TILED) {
      scratch.restore(kind, rows, width);
      scratch.restore(kind, rows, width);
    }
    scratch.floats(rows * width);
    scratch.floats(rows * width);
    scratch.rows(kind, rows, width);
    scratch.rows(kind, rows, width);
  }

  /** See {@link NormedOperand#again}, without the norm. */
  private void normedOperandAgain(long rows, long width) {
    if (kind != LinearKind.TILED) {
      scratch.rows(kind, rows, width);
    }
  }

  /** See {@link FeedForward#backwardWeight}. */
  private void gatedWeights(long tokens, long width) {
    long d = config.hiddenSize();
    normedOperandAgain(tokens, d);
    scratch.regroup(kind, tokens, d);
    scratch.gradientColumns(kind, tokens, width);
    scratch.gradientColumns(kind, tokens, width);
    scratch.gradientColumns(kind, tokens, d);
    scratch.columns(kind, tokens, width);
    scratch.packed(kind, d, tokens);
    scratch.packed(kind, width, tokens);
    for (int i = 0; i < 3; i++) {
      scratch.floats(width * d);
    }
  }

  /** See {@link MixtureOfExperts#backwardInput} and {@link RoutedExperts#backwardInput}. */
  private void mixtureBackward(long tokens) {
    long d = config.hiddenSize();
    long width = config.moeIntermediateSize();
    long experts = config.nRoutedExperts();
    long rows = tokens * config.numExpertsPerTok();
    boolean shared = config.nSharedExperts() > 0;
    if (shared) {
      gatedBackward(tokens, config.sharedIntermediateSize());
    }
    scratch.floats(rows);
    activationBackward(rows, width);
    scratch.rows(kind, tokens, d);
    scratch.gather(kind, rows, d);
    scratch.restore(kind, rows, d);
    scratch.floats(rows * d);
    scratch.floats(tokens * experts);
    scratch.floats(tokens * d);
    scratch.packed(LinearKind.DENSE, d, tokens);
    scratch.floats(experts * d);
    if (shared) {
      gatedWeights(tokens, config.sharedIntermediateSize());
    }
    expertWeights(tokens, new ExpertRows(tokens, rows, Math.min(experts, rows)));
  }

  /** See {@link RoutedExperts#backwardWeight}. */
  private void expertWeights(long tokens, ExpertRows rows) {
    long d = config.hiddenSize();
    long width = config.moeIntermediateSize();
    normedOperandAgain(tokens, d);
    scratch.gather(kind, rows.rows, d);
    scratch.regroup(kind, rows, d);
    scratch.gradientColumns(kind, rows, width);
    scratch.gradientColumns(kind, rows, width);
    scratch.columns(kind, rows, d);
    scratch.columns(kind, rows, width);
    scratch.packed(kind, d, rows);
    scratch.packed(kind, width, rows);
    for (long i = 0; i < 3 * rows.parts; i++) {
      scratch.floats(width * d);
    }
  }

  /** See {@link MultiHeadLatentAttention#backwardInput} and the weight gradients after it. */
  private void attentionBackward(long tokens) {
    long d = config.hiddenSize();
    long out = (long) config.numAttentionHeads() * config.vHeadDim();
    long latent = config.kvLoraRank();
    long rope = config.qkRopeHeadDim();
    long down = config.compressesQueries() ? config.qLoraRank() : 0;
    normedAgain(tokens, d);
    normedAgain(tokens, down);
    normedAgain(tokens, latent);
    if (recompute) {
      expanded(scratch, tokens);
    }
    if (kind == LinearKind.TILED) {
      scratch.restore(kind, tokens, out);
    }
    scratch.floats(tokens * out);
    expanded(scratch, tokens);
    scratch.floats(tokens * rope);
    scratch.floats(tokens * latent);
    scratch.floats(tokens * latent);
    scratch.floats(tokens * (latent + rope));
    scratch.floats(tokens * down);
    scratch.floats(tokens * down);
    for (long width : new long[] {d, queries(), keysAndValues(), latent + rope, down}) {
      scratch.rows(kind, tokens, width);
      scratch.gradientColumns(kind, tokens, width);
    }
    for (long width : new long[] {d, down, latent}) {
      scratch.regroup(kind, tokens, width);
      scratch.packed(kind, width, tokens);
    }
    scratch.columns(kind, tokens, out);
    scratch.packed(kind, out, tokens);
    attentionGradients(d, down, latent, rope, out);
  }

  /** The input of linears after a norm; see {@link RmsNormLayer#again}. */
  private void normedAgain(long tokens, long width) {
    if (kind != LinearKind.TILED) {
      scratch.floats(tokens * width);
      scratch.rows(kind, tokens, width);
    }
  }

  private void attentionGradients(long d, long down, long latent, long rope, long out) {
    scratch.floats(down * d);
    scratch.floats(queries() * (down == 0 ? d : down));
    scratch.floats((latent + rope) * d);
    scratch.floats(keysAndValues() * latent);
    scratch.floats(out * d);
    scratch.floats(down);
    scratch.floats(latent);
  }

  /** See {@link MultiTokenPrediction#forward}. */
  private void mtp(long tokens) {
    long d = config.hiddenSize();
    long mark = scratch.mark();
    saved.floats(tokens);
    saved.floats(tokens);
    saved.floats(tokens * d);
    joined(tokens);
    scratch.rows(outside, tokens, 2 * d);
    scratch.release(mark);
    block(tokens, config.isMoe(config.numHiddenLayers()));
    saved.floats(tokens * d);
    saved.floats(tokens);
  }

  private void joined(long tokens) {
    for (long width : new long[] {1, 1, 2, 1}) {
      scratch.floats(tokens * width * config.hiddenSize());
    }
  }

  /** See {@link MultiTokenPrediction#backward}. */
  private void mtpBackward(long tokens) {
    long d = config.hiddenSize();
    long mark = scratch.mark();
    scratch.floats(tokens * d);
    scratch.floats(d);
    blockBackward(tokens, config.isMoe(config.numHiddenLayers()));
    joined(tokens);
    scratch.rows(outside, tokens, d);
    scratch.floats(tokens * 2 * d);
    scratch.rows(outside, tokens, 2 * d);
    scratch.packed(outside, 2 * d, tokens);
    scratch.floats(2 * d * d);
    scratch.floats(tokens * d);
    scratch.floats(tokens * d);
    scratch.floats(d);
    scratch.floats(config.vocabSize() * d);
    scratch.floats(d);
    scratch.release(mark);
  }

  /** See {@link OutputHead#forwardBackward}. */
  private void head(long tokens) {
    long d = config.hiddenSize();
    long vocabulary = config.vocabSize();
    long slice = Math.min(tokens, OutputHead.sliceRows(config.vocabSize()));
    long mark = scratch.mark();
    scratch.floats(tokens);
    scratch.floats(vocabulary * d);
    scratch.rows(outside, slice, d);
    scratch.floats(slice * vocabulary);
    scratch.rows(outside, slice, vocabulary);
    scratch.packed(outside, d, slice);
    scratch.release(mark);
  }
}
