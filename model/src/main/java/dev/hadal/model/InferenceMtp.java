package dev.hadal.model;

import dev.hadal.kernels.Elementwise;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;

/**
 * The multi-token prediction layer at inference: from the main model's normed state at position i
 * and the token at i + 1 it predicts the token at i + 2 (DeepSeek-V3 report §2.2). It has a cache
 * layer of its own, in which the row of position i stands at i.
 *
 * <pre>
 * z = W_eh [RMSNorm_e(Emb(t_{i+1})) ; RMSNorm_h(h_i)]
 * y = RMSNorm_s(block(z))                              the shared output head's input
 * </pre>
 */
final class InferenceMtp {
  private final Tensor embeddingNorm;
  private final Tensor stateNorm;
  private final InferenceLinear projection;
  private final InferenceBlock block;
  private final Tensor headNorm;
  private final double eps;
  private final int layer;
  private final InferenceContext context;

  InferenceMtp(InferenceLoader loader, InferenceContext context) {
    this.layer = loader.config().numHiddenLayers();
    String prefix = ParameterNames.layer(layer);
    this.embeddingNorm = loader.vector(prefix + "enorm.weight");
    this.stateNorm = loader.vector(prefix + "hnorm.weight");
    this.projection = loader.linear(prefix + "eh_proj.weight", context.mode().outsideBlocks());
    this.block = new InferenceBlock(loader, layer, context);
    this.headNorm = loader.vector(prefix + "shared_head.norm.weight");
    this.eps = loader.config().rmsNormEps();
    this.context = context;
  }

  /**
   * The head's input, in scratch memory.
   *
   * @param embedded_TD embeddings of the next tokens
   * @param state_TD the main model's normed states
   */
  Tensor forward(
      Tensor embedded_TD,
      Tensor state_TD,
      InferencePass pass,
      RopeTable rope,
      InferenceTrace trace) {
    int rows = state_TD.rows();
    int width = state_TD.columns();
    Tensor z_TD = context.take(rows, width);
    Workspace.Mark mark = context.scratch().mark();
    Elementwise elementwise = context.kernels().elementwise();
    Tensor joined = context.take(rows, 2L * width);
    elementwise.copyColumns(context.norm(embedded_TD, embeddingNorm, eps), 0, joined, 0, width);
    elementwise.copyColumns(context.norm(state_TD, stateNorm, eps), 0, joined, width, width);
    context
        .kernels()
        .matMul()
        .multiply(projection.job(context.operand(projection.kind(), joined), z_TD));
    context.scratch().release(mark);
    block.forward(z_TD, pass, rope, trace);
    return context.norm(z_TD, headNorm, eps);
  }
}
