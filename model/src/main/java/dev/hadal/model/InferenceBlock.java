package dev.hadal.model;

import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import org.jspecify.annotations.Nullable;

/**
 * One Transformer block: {@code x += attention(norm(x))}, {@code x += feedForward(norm(x))}.
 * Letters: T rows, D model width.
 */
final class InferenceBlock {
  private final Tensor attentionNorm;
  private final InferenceAttention attention;
  private final Tensor feedForwardNorm;
  private final @Nullable InferenceFeedForward dense;
  private final @Nullable InferenceExperts experts;
  private final double eps;
  private final InferenceContext context;

  InferenceBlock(InferenceLoader loader, int layer, InferenceContext context) {
    String prefix = ParameterNames.layer(layer);
    boolean routes = loader.config().isMoe(layer);
    this.attentionNorm = loader.vector(prefix + "input_layernorm.weight");
    this.attention = new InferenceAttention(loader, layer, context);
    this.feedForwardNorm = loader.vector(prefix + "post_attention_layernorm.weight");
    this.dense = routes ? null : InferenceFeedForward.load(loader, prefix + "mlp.", context);
    this.experts = routes ? new InferenceExperts(loader, layer, context) : null;
    this.eps = loader.config().rmsNormEps();
    this.context = context;
  }

  /** x becomes the next block's input; the caches get a row for each position. */
  void forward(Tensor x_TD, InferencePass pass, RopeTable rope, InferenceTrace trace) {
    attend(x_TD, pass, rope);
    feedForward(x_TD, trace);
  }

  /** The first half: {@code x += attention(norm(x))}. */
  void attend(Tensor x_TD, InferencePass pass, RopeTable rope) {
    Workspace.Mark mark = context.scratch().mark();
    Tensor y_TD = context.take(x_TD.rows(), x_TD.columns());
    attention.forward(context.norm(x_TD, attentionNorm, eps), pass, rope, y_TD);
    context.kernels().elementwise().add(x_TD, y_TD, x_TD);
    context.scratch().release(mark);
  }

  /** The second half: {@code x += feedForward(norm(x))}. */
  void feedForward(Tensor x_TD, InferenceTrace trace) {
    Workspace.Mark mark = context.scratch().mark();
    Tensor y_TD = context.take(x_TD.rows(), x_TD.columns());
    Tensor h_TD = context.norm(x_TD, feedForwardNorm, eps);
    if (experts != null) {
      experts.forward(h_TD, trace, y_TD);
    } else if (dense != null) {
      dense.forward(h_TD, y_TD);
    }
    context.kernels().elementwise().add(x_TD, y_TD, x_TD);
    context.scratch().release(mark);
  }
}
