package dev.hadal.model;

import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole model with explicit forward and backward passes (DeepSeek-V3 report §2).
 *
 * <p>The loss is a sum: cross-entropy over main targets, plus lambda times that over MTP targets,
 * plus each sequence's balance loss times its number of inputs. Gradients are of that sum; whoever
 * steps divides once by the global number of main targets, so nothing here depends on the batch.
 *
 * <p>Not thread-safe: one caller, while the kernels use their team.
 */
public final class TrainingModel implements AutoCloseable {
  private final ModelConfig config;
  private final TrainingOptions options;
  private final Kernels kernels;
  private final Workspace packed;
  private final Workspace savedMemory;
  private final Workspace scratch;
  private final LayerContext context;
  private final Parameter embedding;
  private final List<Block> blocks = new ArrayList<>();
  private final RmsNormLayer finalNorm;
  private final OutputHead head;
  private final @Nullable MultiTokenPrediction mtp;
  private final List<Linear> linears = new ArrayList<>();
  private Arena ropeArena = Arena.ofShared();
  private @Nullable RopeTable rope;
  private double mtpWeight;
  private final MemoryPlan leastPlan;
  private MemoryPlan plan;
  private int plannedSequences = 1;
  private int plannedLength = 1;

  /**
   * A model over parameters that stay the caller's.
   *
   * @throws IllegalArgumentException if the parameters' type is not that of the kernels
   */
  public TrainingModel(
      ModelConfig config, Parameters parameters, Kernels kernels, TrainingOptions options) {
    if (parameters.computeType() != kernels.computeType()) {
      throw new IllegalArgumentException(
          "training model: kernels compute in %s, parameters are %s"
              .formatted(kernels.computeType(), parameters.computeType()));
    }
    if (config.nRoutedExperts() % options.combineGroups() != 0) {
      throw new IllegalArgumentException(
          "training model: expected combineGroups to divide the %d experts, got %d"
              .formatted(config.nRoutedExperts(), options.combineGroups()));
    }
    this.config = config;
    this.options = options;
    this.mtpWeight = options.mtpWeight();
    this.leastPlan = MemoryPlan.of(config, options, 1, 1);
    this.plan = leastPlan;
    this.kernels = kernels;
    long budget = options.workspaceBudgetBytes();
    this.packed = new Workspace("packed weights", budget);
    this.savedMemory = new Workspace("activations", budget);
    this.scratch = new Workspace("scratch", budget);
    this.context =
        new LayerContext(kernels, options.precision(), savedMemory, scratch, options.recompute());
    this.embedding = parameters.get(ParameterNames.EMBEDDING);
    int groups = options.combineGroups();
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      Block block = new Block(config, parameters, layer, groups, context);
      blocks.add(block);
      linears.addAll(block.linears());
    }
    this.finalNorm =
        new RmsNormLayer(parameters.get(ParameterNames.FINAL_NORM), config.rmsNormEps(), context);
    this.head = new OutputHead(parameters, context);
    linears.addAll(head.linears());
    if (config.numNextnPredictLayers() > 0 && options.mtpWeight() > 0) {
      this.mtp = new MultiTokenPrediction(config, parameters, groups, context);
      linears.addAll(mtp.linears());
    } else {
      this.mtp = null;
    }
  }

  /** The memory that micro-batches of this size need, for printing and refusing before a run. */
  public static MemoryPlan memoryPlan(
      ModelConfig config, TrainingOptions options, int sequences, int length) {
    return MemoryPlan.of(config, options, sequences, length);
  }

  /**
   * Takes the memory that micro-batches of this size need, unless it is there, so that no pass over
   * such a micro-batch takes any. A pass over a larger one takes more.
   */
  public void reserve(int sequences, int length) {
    MemoryPlan planned = plan(sequences, length);
    packed.reserve(planned.packed());
    savedMemory.reserve(planned.activations());
    scratch.reserve(planned.scratch());
  }

  /**
   * Changes the weight of the MTP loss for the passes to come.
   *
   * @param weight above 0
   * @throws IllegalArgumentException if the model was made with 0, and therefore without the layer
   */
  public void mtpWeight(double weight) {
    if (!(weight > 0) || !(mtpWeight > 0)) {
      throw new IllegalArgumentException(
          "training model: expected a change between MTP weights above 0, got %s to %s"
              .formatted(mtpWeight, weight));
    }
    mtpWeight = weight;
  }

  /** Rounds and packs all weights; to be called before the first pass and after every step. */
  public void prepareStep() {
    packed.reserve(leastPlan.packed());
    scratch.reserve(leastPlan.scratch());
    Linear.prepare(linears, context, packed);
  }

  /** The forward pass up to the head's input. */
  private record Forward(
      Sequences sequences, List<Block.Saved> blocks, RmsNormLayer.Saved norm, Tensor y_TD) {}

  private Forward forward(MicroBatch batch, TrainingTrace trace) {
    Sequences sequences = Sequences.of(batch.sequences(), batch.length());
    RopeTable table = rope(batch.length());
    int width = config.hiddenSize();
    int[] ids = batch.shifted(0, batch.length());
    Tensor x_TD = savedMemory.take(context.type(), sequences.rows(), width);
    kernels.embedding().forward(embedding.tensor(), ids, context.lowPrecision(), x_TD);
    List<Block.Saved> saved = new ArrayList<>();
    for (int layer = 0; layer < blocks.size(); layer++) {
      trace.hidden(layer, x_TD);
      Block.Saved block = blocks.get(layer).forward(x_TD, sequences, table, options.balanceAlpha());
      trace(block, layer, trace);
      saved.add(block);
      x_TD = block.y_TD();
    }
    trace.hidden(blocks.size(), x_TD);
    Tensor y_TD = savedMemory.take(context.type(), sequences.rows(), width);
    RmsNormLayer.Saved norm = finalNorm.forward(x_TD, y_TD);
    return new Forward(sequences, saved, norm, y_TD);
  }

  private MultiTokenPrediction.@Nullable Saved forwardMtp(
      Forward main, MicroBatch batch, TrainingTrace trace) {
    int length = batch.length();
    if (mtp == null || length < 2) {
      return null;
    }
    // The balance loss counts with the main sequence's length, the kernel multiplies by its own.
    double alpha = options.balanceAlpha() * length / (length - 1);
    MultiTokenPrediction.Saved saved =
        mtp.forward(main.y_TD, main.sequences, batch.shifted(1, length - 1), rope(length), alpha);
    trace(saved.block(), blocks.size(), trace);
    return saved;
  }

  private static void trace(Block.Saved saved, int layer, TrainingTrace trace) {
    if (saved.moe() != null) {
      RoutedExperts.Routing routing = saved.moe().routing();
      trace.router(layer, routing.index_TK(), routing.weight_TK());
    }
  }

  /**
   * Loss and gradients of a micro-batch.
   *
   * @param sink takes every gradient as it is finished
   */
  public LossSums forwardBackward(MicroBatch batch, GradientSink sink) {
    reserve(batch);
    Forward forward = forward(batch, TrainingTrace.NONE);
    int length = batch.length();
    Tensor dy_TD = savedMemory.take(context.type(), batch.inputs(), config.hiddenSize());
    OutputHead.Result main =
        head.forwardBackward(forward.y_TD, batch.shifted(1, length), 1, dy_TD, sink);
    OutputHead.Result second = new OutputHead.Result(0, 0);
    Workspace.Mark beforeMtp = savedMemory.mark();
    MultiTokenPrediction.Saved savedMtp = forwardMtp(forward, batch, TrainingTrace.NONE);
    if (mtp != null && savedMtp != null) {
      Tensor dmtp_SD =
          savedMemory.take(context.type(), savedMtp.y_SD().rows(), config.hiddenSize());
      second =
          head.forwardBackward(
              savedMtp.y_SD(), batch.shifted(2, length - 1), mtpWeight, dmtp_SD, sink);
      mtp.backward(savedMtp, forward.sequences, rope(length), dmtp_SD, dy_TD, sink);
    }
    LossSums sums = sums(batch, forward, savedMtp, main, second);
    savedMemory.release(beforeMtp);
    backward(batch, forward, dy_TD, sink);
    return sums;
  }

  private void backward(MicroBatch batch, Forward forward, Tensor dy_TD, GradientSink sink) {
    Tensor dx_TD = savedMemory.take(context.type(), batch.inputs(), config.hiddenSize());
    finalNorm.backwardWeight(forward.norm, dy_TD, sink);
    finalNorm.backwardInput(forward.norm, dy_TD, dx_TD, false);
    RopeTable table = rope(batch.length());
    for (int layer = blocks.size() - 1; layer >= 0; layer--) {
      blocks.get(layer).backward(forward.blocks.get(layer), table, dx_TD, sink);
    }
    Tensor gradient =
        scratch.take(context.type(), embedding.tensor().rows(), embedding.tensor().columns());
    kernels.embedding().backward(dx_TD, batch.shifted(0, batch.length()), gradient);
    sink.accept(embedding, gradient);
  }

  /** Loss of a micro-batch, with attention in the expanded form. */
  public LossSums evaluate(MicroBatch batch) {
    return evaluate(batch, TrainingTrace.NONE);
  }

  /** The same with a look inside. */
  public LossSums evaluate(MicroBatch batch, TrainingTrace trace) {
    reserve(batch);
    Forward forward = forward(batch, trace);
    int length = batch.length();
    OutputHead.Result main = head.evaluate(forward.y_TD, batch.shifted(1, length), trace::logits);
    OutputHead.Result second = new OutputHead.Result(0, 0);
    MultiTokenPrediction.Saved savedMtp = forwardMtp(forward, batch, trace);
    if (savedMtp != null) {
      second = head.evaluate(savedMtp.y_SD(), batch.shifted(2, length - 1), trace::mtpLogits);
    }
    return sums(batch, forward, savedMtp, main, second);
  }

  private LossSums sums(
      MicroBatch batch,
      Forward forward,
      MultiTokenPrediction.@Nullable Saved savedMtp,
      OutputHead.Result main,
      OutputHead.Result second) {
    double balance = 0;
    List<long[]> loads = new ArrayList<>();
    List<Block.Saved> all = new ArrayList<>(forward.blocks);
    if (savedMtp != null) {
      all.add(savedMtp.block());
    }
    for (Block.Saved block : all) {
      MixtureOfExperts.Saved moe = block.moe();
      if (moe != null) {
        balance += moe.balance();
        loads.add(moe.routing().loads());
      }
    }
    while (loads.size() < config.moeLayers().length) {
      loads.add(new long[config.nRoutedExperts()]);
    }
    return new LossSums(
        main.loss(),
        second.loss(),
        balance,
        batch.inputs(),
        savedMtp == null ? 0 : savedMtp.sequences().rows(),
        second.correct(),
        loads.toArray(long[][]::new));
  }

  /**
   * One piece of the planned size for each workspace; in FP64 the rest goes into further pieces.
   */
  private void reserve(MicroBatch batch) {
    MemoryPlan planned = plan(batch.sequences(), batch.length());
    savedMemory.reserve(planned.activations());
    scratch.reserve(planned.scratch());
  }

  private MemoryPlan plan(int sequences, int length) {
    if (sequences != plannedSequences || length != plannedLength) {
      plan = MemoryPlan.of(config, options, sequences, length);
      plannedSequences = sequences;
      plannedLength = length;
    }
    return plan;
  }

  /** Rotary tables for at least this many positions. */
  private RopeTable rope(int positions) {
    RopeTable table = rope;
    if (table == null || table.cos().rows() < positions) {
      ropeArena.close();
      ropeArena = Arena.ofShared();
      table = RopeTable.of(config, positions, context.type(), ropeArena);
      rope = table;
    }
    return table;
  }

  /** The bytes that are held for packed weights, activations and scratch. */
  public long workspaceReservedBytes() {
    return packed.reservedBytes() + savedMemory.reservedBytes() + scratch.reservedBytes();
  }

  /** The most bytes that were in use, part by part; of the parameters, what they are. */
  public MemoryPlan workspacePeak() {
    return new MemoryPlan(
        leastPlan.parameters(), packed.peakBytes(), savedMemory.peakBytes(), scratch.peakBytes());
  }

  @Override
  public void close() {
    ropeArena.close();
    scratch.close();
    savedMemory.close();
    packed.close();
  }
}
