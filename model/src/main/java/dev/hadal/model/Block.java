package dev.hadal.model;

import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One Transformer block: {@code m = x + attention(norm(x))}, {@code y = m + feedForward(norm(m))}.
 * Letters: T tokens, D model width.
 */
final class Block {
  /** What backward needs; y is the next block's input. */
  record Saved(
      RmsNormLayer.Saved attentionNorm,
      MultiHeadLatentAttention.Saved attention,
      RmsNormLayer.Saved feedForwardNorm,
      FeedForward.@Nullable Saved dense,
      MixtureOfExperts.@Nullable Saved moe,
      Tensor y_TD) {}

  private final RmsNormLayer attentionNorm;
  private final MultiHeadLatentAttention attention;
  private final RmsNormLayer feedForwardNorm;
  private final @Nullable FeedForward dense;
  private final @Nullable MixtureOfExperts moe;
  private final LayerContext context;

  Block(
      ModelConfig config,
      Parameters parameters,
      int layer,
      int combineGroups,
      LayerContext context) {
    String prefix = ParameterNames.layer(layer);
    double eps = config.rmsNormEps();
    this.context = context;
    this.attentionNorm =
        new RmsNormLayer(parameters.get(prefix + "input_layernorm.weight"), eps, context);
    this.attention =
        new MultiHeadLatentAttention(config, parameters, prefix + "self_attn.", context);
    this.feedForwardNorm =
        new RmsNormLayer(parameters.get(prefix + "post_attention_layernorm.weight"), eps, context);
    boolean routes = config.isMoe(layer);
    this.dense = routes ? null : new FeedForward(parameters, prefix + "mlp.", context);
    this.moe =
        routes ? new MixtureOfExperts(config, parameters, layer, combineGroups, context) : null;
  }

  List<Linear> linears() {
    List<Linear> linears = new ArrayList<>(attention.linears());
    if (dense != null) {
      linears.addAll(dense.linears());
    }
    if (moe != null) {
      linears.addAll(moe.linears());
    }
    return linears;
  }

  /**
   * Forward.
   *
   * @param x_TD kept until backward
   * @param alpha see {@link MixtureOfExperts#forward}
   */
  Saved forward(Tensor x_TD, Sequences sequences, RopeTable rope, double alpha) {
    Workspace memory = context.saved();
    Workspace scratch = context.scratch();
    Workspace.Mark mark = scratch.mark();
    int tokens = x_TD.rows();
    int width = x_TD.columns();
    Tensor h_TD = scratch.take(context.type(), tokens, width);
    RmsNormLayer.Saved norm1 = attentionNorm.forward(x_TD, h_TD);
    Tensor middle_TD = memory.take(context.type(), tokens, width);
    MultiHeadLatentAttention.Saved savedAttention =
        attention.forward(h_TD, sequences, rope, middle_TD);
    context.kernels().elementwise().add(x_TD, middle_TD, middle_TD);
    scratch.release(mark);
    Tensor y_TD = memory.take(context.type(), tokens, width);
    FeedForward.Saved savedDense = null;
    MixtureOfExperts.Saved savedMoe = null;
    Tensor h2_TD = scratch.take(context.type(), tokens, width);
    RmsNormLayer.Saved norm2 = feedForwardNorm.forward(middle_TD, h2_TD);
    if (dense != null) {
      savedDense = dense.forward(h2_TD, y_TD);
    }
    if (moe != null) {
      savedMoe = moe.forward(h2_TD, sequences, alpha, y_TD);
    }
    context.kernels().elementwise().add(middle_TD, y_TD, y_TD);
    scratch.release(mark);
    return new Saved(norm1, savedAttention, norm2, savedDense, savedMoe, y_TD);
  }

  /**
   * Both parts of backward.
   *
   * @param dy_TD gradient of y; becomes that of x
   */
  void backward(Saved saved, RopeTable rope, Tensor dy_TD, GradientSink sink) {
    Workspace scratch = context.scratch();
    Workspace.Mark mark = scratch.mark();
    feedForwardBackward(saved, dy_TD, sink);
    scratch.release(mark);
    attentionBackward(saved, rope, dy_TD, sink);
    scratch.release(mark);
  }

  private void feedForwardBackward(Saved saved, Tensor dy_TD, GradientSink sink) {
    WeightGradients gradients = new WeightGradients(context);
    Tensor dh_TD = context.scratch().take(context.type(), dy_TD.rows(), dy_TD.columns());
    if (dense != null && saved.dense != null) {
      FeedForward.Pending pending = dense.backwardInput(saved.dense, dy_TD, dh_TD);
      dense.backwardWeight(pending, () -> feedForwardNorm.again(saved.feedForwardNorm), gradients);
    }
    if (moe != null && saved.moe != null) {
      MixtureOfExperts.Pending pending = moe.backwardInput(saved.moe, dy_TD, dh_TD);
      moe.backwardWeight(pending, feedForwardNorm.again(saved.feedForwardNorm), gradients);
    }
    gradients.run(sink);
    feedForwardNorm.backwardWeight(saved.feedForwardNorm, dh_TD, sink);
    feedForwardNorm.backwardInput(saved.feedForwardNorm, dh_TD, dy_TD, true);
  }

  private void attentionBackward(Saved saved, RopeTable rope, Tensor dy_TD, GradientSink sink) {
    WeightGradients gradients = new WeightGradients(context);
    Tensor dh_TD = context.scratch().take(context.type(), dy_TD.rows(), dy_TD.columns());
    MultiHeadLatentAttention.Pending pending =
        attention.backwardInput(
            saved.attention, () -> attentionNorm.again(saved.attentionNorm), rope, dy_TD, dh_TD);
    attention.backwardWeight(pending, gradients, sink);
    gradients.run(sink);
    attentionNorm.backwardWeight(saved.attentionNorm, dh_TD, sink);
    attentionNorm.backwardInput(saved.attentionNorm, dh_TD, dy_TD, true);
  }
}
