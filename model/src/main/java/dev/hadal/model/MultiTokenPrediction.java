package dev.hadal.model;

import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;

/**
 * The multi-token prediction layer: from the main model's state at position i and the next token it
 * predicts the token after that (DeepSeek-V3 report §2.2, equations 21 to 25).
 *
 * <pre>
 * z = W_eh [RMSNorm_e(Emb(t_{i+1})) ; RMSNorm_h(h_i)]     h_i after the main model's final norm
 * y = RMSNorm_s(block(z))                                 then the shared output head
 * </pre>
 *
 * <p>The published weights put the embedding first, the report's formula the state. Sequences have
 * one position less than in the main model. Letters: T inputs of the main model, S = T minus one
 * for each sequence, D model width.
 */
final class MultiTokenPrediction {
  /**
   * What backward needs; y is the head's input. The embeddings and the main model's states are
   * gathered again, so that of the inputs' norms only the factors 1 / rms are kept.
   */
  record Saved(
      Sequences sequences,
      int[] nextTokens,
      Tensor state_TD,
      Tensor embeddingFactor_S,
      Tensor stateFactor_S,
      Block.Saved block,
      RmsNormLayer.Saved headNorm,
      Tensor y_SD) {}

  private final RmsNormLayer embeddingNorm;
  private final RmsNormLayer stateNorm;
  private final Linear projection;
  private final Block block;
  private final RmsNormLayer headNorm;
  private final Parameter embedding;
  private final LayerContext context;

  MultiTokenPrediction(
      ModelConfig config, Parameters parameters, int combineGroups, LayerContext context) {
    int layer = config.numHiddenLayers();
    String prefix = ParameterNames.layer(layer);
    double eps = config.rmsNormEps();
    this.context = context;
    this.embedding = parameters.get(ParameterNames.EMBEDDING);
    this.embeddingNorm = new RmsNormLayer(parameters.get(prefix + "enorm.weight"), eps, context);
    this.stateNorm = new RmsNormLayer(parameters.get(prefix + "hnorm.weight"), eps, context);
    this.projection =
        new Linear(
            parameters.get(prefix + "eh_proj.weight"),
            LinearKind.outsideBlocks(context.precision()));
    this.block = new Block(config, parameters, layer, combineGroups, context);
    this.headNorm =
        new RmsNormLayer(parameters.get(prefix + "shared_head.norm.weight"), eps, context);
  }

  List<Linear> linears() {
    List<Linear> linears = new ArrayList<>(block.linears());
    linears.add(projection);
    return linears;
  }

  /** The two inputs' norms, and their results side by side. */
  private record Joined(RmsNormLayer.Saved embedding, RmsNormLayer.Saved state, Tensor both) {}

  /** Makes the projection's input, in scratch memory; sets the factors of the norms. */
  private Joined join(
      Tensor state_TD,
      Sequences main,
      Sequences sequences,
      int[] nextTokens,
      Tensor embeddingFactor_S,
      Tensor stateFactor_S) {
    Workspace scratch = context.scratch();
    Kernels kernels = context.kernels();
    int rows = sequences.rows();
    int width = state_TD.columns();
    Tensor embedded_SD = scratch.take(context.type(), rows, width);
    kernels
        .embedding()
        .forward(embedding.tensor(), nextTokens, context.lowPrecision(), embedded_SD);
    Tensor state_SD = scratch.take(context.type(), rows, width);
    for (int s = 0; s < sequences.count(); s++) {
      of(state_SD, sequences, s).copyFrom(of(state_TD, main, s).slice(0, sequences.length()));
    }
    Tensor joined = scratch.take(context.type(), rows, 2 * width);
    Tensor half_SD = scratch.take(context.type(), rows, width);
    RmsNormLayer.Saved norm1 = embeddingNorm.forward(embedded_SD, half_SD, embeddingFactor_S);
    kernels.elementwise().copyColumns(half_SD, 0, joined, 0, width);
    RmsNormLayer.Saved norm2 = stateNorm.forward(state_SD, half_SD, stateFactor_S);
    kernels.elementwise().copyColumns(half_SD, 0, joined, width, width);
    return new Joined(norm1, norm2, joined);
  }

  /** Forward; {@code state_TD}, the main model's normed state, must stay as it is. */
  Saved forward(Tensor state_TD, Sequences main, int[] nextTokens, RopeTable rope, double alpha) {
    Workspace memory = context.saved();
    Workspace scratch = context.scratch();
    Workspace.Mark mark = scratch.mark();
    Sequences sequences = Sequences.of(main.count(), main.length() - 1);
    int rows = sequences.rows();
    int width = state_TD.columns();
    Tensor embeddingFactor_S = memory.take(context.type(), rows);
    Tensor stateFactor_S = memory.take(context.type(), rows);
    Joined joined = join(state_TD, main, sequences, nextTokens, embeddingFactor_S, stateFactor_S);
    Matrix operand = context.operands().rows(projection.kind(), joined.both, scratch);
    Tensor z_SD = memory.take(context.type(), rows, width);
    context.kernels().matMul().multiply(projection.forward(operand, z_SD));
    scratch.release(mark);
    Block.Saved saved = block.forward(z_SD, sequences, rope, alpha);
    Tensor y_SD = memory.take(context.type(), rows, width);
    RmsNormLayer.Saved norm3 = headNorm.forward(saved.y_TD(), y_SD);
    return new Saved(
        sequences, nextTokens, state_TD, embeddingFactor_S, stateFactor_S, saved, norm3, y_SD);
  }

  /**
   * Backward.
   *
   * @param dy_SD gradient of the head's input
   * @param dstate_TD gradient of the main model's normed state, increased
   */
  void backward(
      Saved saved,
      Sequences main,
      RopeTable rope,
      Tensor dy_SD,
      Tensor dstate_TD,
      GradientSink sink) {
    Workspace scratch = context.scratch();
    Workspace.Mark mark = scratch.mark();
    Kernels kernels = context.kernels();
    Operands operands = context.operands();
    int rows = saved.sequences.rows();
    int width = dstate_TD.columns();
    Tensor dz_SD = scratch.take(context.type(), rows, width);
    headNorm.backwardWeight(saved.headNorm, dy_SD, sink);
    headNorm.backwardInput(saved.headNorm, dy_SD, dz_SD, false);
    block.backward(saved.block, rope, dz_SD, sink);
    Joined joined =
        join(
            saved.state_TD,
            main,
            saved.sequences,
            saved.nextTokens,
            saved.embeddingFactor_S,
            saved.stateFactor_S);
    Matrix dz = operands.rows(projection.kind(), dz_SD, scratch);
    Tensor djoined = scratch.take(context.type(), rows, 2 * width);
    kernels.matMul().multiply(projection.backwardInput(dz, djoined, false));
    WeightGradients gradients = new WeightGradients(context);
    gradients.add(projection, dz, operands.rows(projection.kind(), joined.both, scratch));
    gradients.run(sink);
    Tensor half_SD = scratch.take(context.type(), rows, width);
    Tensor dinput_SD = scratch.take(context.type(), rows, width);
    kernels.elementwise().copyColumns(djoined, 0, half_SD, 0, width);
    embeddingNorm.backwardWeight(joined.embedding, half_SD, sink);
    embeddingNorm.backwardInput(joined.embedding, half_SD, dinput_SD, false);
    embeddingBackward(saved, dinput_SD, sink);
    kernels.elementwise().copyColumns(djoined, width, half_SD, 0, width);
    stateNorm.backwardWeight(joined.state, half_SD, sink);
    stateNorm.backwardInput(joined.state, half_SD, dinput_SD, false);
    for (int s = 0; s < main.count(); s++) {
      Tensor target = of(dstate_TD, main, s).slice(0, saved.sequences.length());
      kernels.elementwise().add(target, of(dinput_SD, saved.sequences, s), target);
    }
    scratch.release(mark);
  }

  private void embeddingBackward(Saved saved, Tensor dinput_SD, GradientSink sink) {
    Tensor table = embedding.tensor();
    Tensor gradient = context.scratch().take(context.type(), table.rows(), table.columns());
    context.kernels().embedding().backward(dinput_SD, saved.nextTokens, gradient);
    sink.accept(embedding, gradient);
  }

  private static Tensor of(Tensor rows, Sequences sequences, int sequence) {
    return rows.slice(sequences.offsets()[sequence], sequences.offsets()[sequence + 1]);
  }
}
