package dev.hadal.model;

import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention in the absorbed form (DeepSeek-V2 report §2.1.2; DeepSeek-V3
 * repository, inference/model.py, attn_impl="absorb"). Keys W_UK c and values W_UV c are never
 * made: W_UK moves to the query, W_UV behind the softmax, and all heads attend to the same cached
 * rows [c ; k_rope]:
 *
 * <pre>
 * q~    = W_UK^T q_nope                  per head, N to C
 * z     = softmax([q~ ; q_rope] . [c ; k_rope]) c
 * o     = W_UV z                         per head, C to V
 * </pre>
 *
 * <p>Every token takes this form, prompt tokens too, so a row's bits do not depend on how a prompt
 * was cut. Letters: T rows, D model width, H heads, N nope width, R rope width, V value width, C
 * latent.
 */
final class InferenceAttention {
  /** Query compression: cq = RMSNorm(W_qa x). */
  private record QueryCompression(InferenceLinear down, Tensor norm) {}

  private final ModelConfig config;
  private final InferenceContext context;
  private final int layer;
  private final @Nullable QueryCompression compression;
  private final InferenceLinear q;
  private final InferenceLinear kvA;
  private final Tensor latentNorm;
  private final InferenceLoader.Absorbed absorbed;
  private final InferenceLinear o;
  private final double scale;

  InferenceAttention(InferenceLoader loader, int layer, InferenceContext context) {
    this.config = loader.config();
    this.context = context;
    this.layer = layer;
    String prefix = ParameterNames.layer(layer) + "self_attn.";
    InferenceKind kind = context.mode().inBlocks();
    if (config.compressesQueries()) {
      this.compression =
          new QueryCompression(
              loader.linear(prefix + "q_a_proj.weight", kind),
              loader.vector(prefix + "q_a_layernorm.weight"));
      this.q = loader.linear(prefix + "q_b_proj.weight", kind);
    } else {
      this.compression = null;
      this.q = loader.linear(prefix + "q_proj.weight", kind);
    }
    this.kvA = loader.linear(prefix + "kv_a_proj_with_mqa.weight", kind);
    this.latentNorm = loader.vector(prefix + "kv_a_layernorm.weight");
    this.absorbed = loader.absorbed(prefix + "kv_b_proj.weight");
    this.o = loader.linear(prefix + "o_proj.weight", kind);
    this.scale = RopeTable.softmaxScale(config);
  }

  /** y = attention of the normed x; writes the caches. */
  void forward(Tensor x_TD, InferencePass pass, RopeTable rope, Tensor y_TD) {
    Workspace scratch = context.scratch();
    Workspace.Mark mark = scratch.mark();
    Kernels kernels = context.kernels();
    int rows = x_TD.rows();
    int heads = config.numAttentionHeads();
    int latent = config.kvLoraRank();
    Tensor query = context.take(rows, q.outputs());
    Tensor latentAndRope = context.take(rows, kvA.outputs());
    project(x_TD, query, latentAndRope);
    kernels
        .rotaryEmbedding()
        .rotate(
            query,
            heads,
            config.qkHeadDim(),
            config.qkNopeHeadDim(),
            rope.cos(),
            rope.sin(),
            pass.positions(),
            false);
    cache(latentAndRope, pass, rope);
    Tensor z = context.take(rows, (long) heads * latent);
    kernels
        .latentAttention()
        .forward(
            heads,
            latent,
            config.qkRopeHeadDim(),
            scale,
            context.mode().rounds(),
            absorb(query),
            pass.queries(layer),
            z);
    Tensor out = context.take(rows, o.inputs());
    multiplyHeads(z, latent, 0, latent, absorbed.values(), out, config.vHeadDim());
    context.matMul().multiply(o.job(context.operand(o.kind(), out), y_TD));
    scratch.release(mark);
  }

  private void project(Tensor x_TD, Tensor query, Tensor latentAndRope) {
    MatMul matMul = context.matMul();
    InferenceLinear first = compression == null ? q : compression.down;
    Matrix x = context.operand(kvA.kind(), x_TD);
    Matrix firstX = first.kind() == kvA.kind() ? x : context.operand(first.kind(), x_TD);
    if (compression == null) {
      matMul.multiplyAll(List.of(q.job(firstX, query), kvA.job(x, latentAndRope)));
      return;
    }
    Tensor down = context.take(x_TD.rows(), compression.down.outputs());
    matMul.multiplyAll(List.of(compression.down.job(firstX, down), kvA.job(x, latentAndRope)));
    Tensor normed = context.norm(down, compression.norm, ModelConfig.LATENT_EPS);
    matMul.multiply(q.job(context.operand(q.kind(), normed), query));
  }

  /** Writes [RMSNorm(latent) ; RoPE(key)] of each row to its sequence's cache. */
  private void cache(Tensor latentAndRope, InferencePass pass, RopeTable rope) {
    Kernels kernels = context.kernels();
    int rows = latentAndRope.rows();
    int latent = config.kvLoraRank();
    kernels
        .rotaryEmbedding()
        .rotate(
            latentAndRope,
            1,
            config.qkRopeHeadDim(),
            latent,
            rope.cos(),
            rope.sin(),
            pass.positions(),
            false);
    Tensor latent_TC = context.take(rows, latent);
    kernels.elementwise().copyColumns(latentAndRope, 0, latent_TC, 0, latent);
    Tensor normed_TC = context.norm(latent_TC, latentNorm, ModelConfig.LATENT_EPS);
    kernels.elementwise().copyColumns(normed_TC, 0, latentAndRope, 0, latent);
    Tensor cached =
        context.mode().rounds()
            ? kernels.quantizer().toBFloat16(latentAndRope, context.scratch()).values()
            : latentAndRope;
    for (InferencePass.Piece piece : pass.pieces()) {
      int from = piece.firstRow();
      piece.cache().write(layer, piece.position(), cached.slice(from, from + piece.rows()));
    }
  }

  /** [T, H (C + R)]: each head's absorbed query, then its rotated part. */
  private Tensor absorb(Tensor query) {
    int heads = config.numAttentionHeads();
    int latent = config.kvLoraRank();
    int rope = config.qkRopeHeadDim();
    int nope = config.qkNopeHeadDim();
    int head = config.qkHeadDim();
    Tensor joined = context.take(query.rows(), (long) heads * (latent + rope));
    multiplyHeads(query, nope, 0, head, absorbed.keys(), joined, latent + rope);
    for (int h = 0; h < heads; h++) {
      context
          .kernels()
          .elementwise()
          .copyColumns(query, h * head + nope, joined, h * (latent + rope) + latent, rope);
    }
    return joined;
  }

  /** For each head: its columns of y = its columns of x times its factor. */
  private void multiplyHeads(
      Tensor x, int width, int offset, int stride, List<MatMul.Packed> factors, Tensor y, int to) {
    int rows = x.rows();
    int heads = factors.size();
    List<Matrix> operands = new ArrayList<>(heads);
    if (absorbed.kind() == InferenceKind.DENSE) {
      for (int h = 0; h < heads; h++) {
        operands.add(new Matrix.Dense(x, h * stride + offset, width));
      }
    } else {
      Tensor parts = context.take((long) heads * rows, width);
      for (int h = 0; h < heads; h++) {
        Tensor part = parts.slice((long) h * rows, (h + 1L) * rows);
        context.kernels().elementwise().copyColumns(x, h * stride + offset, part, 0, width);
      }
      Matrix all = context.operand(absorbed.kind(), parts);
      for (int h = 0; h < heads; h++) {
        operands.add(all.slice(h * rows, (h + 1) * rows));
      }
    }
    List<MatMul.Job> jobs = new ArrayList<>(heads);
    for (int h = 0; h < heads; h++) {
      Matrix.Dense out = new Matrix.Dense(y, h * to, factors.get(h).outputs());
      jobs.add(new MatMul.Job(operands.get(h), false, factors.get(h), out, false));
    }
    context.matMul().multiplyAll(jobs);
  }
}
