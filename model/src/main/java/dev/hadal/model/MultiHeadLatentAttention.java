package dev.hadal.model;

import dev.hadal.kernels.CausalAttention;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Quantizer;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention in the expanded form (DeepSeek-V3 report §2.1.1, equations 1 to 11;
 * the norms of the latents are named in §4.2). Keys and values come from one narrow latent:
 *
 * <pre>
 * cq        = RMSNorm(W_qa x)            q = W_qb cq, or q = W_q x without query compression
 * [l ; kr]  = W_kva x                    latent = RMSNorm(l), rope key = RoPE(kr)
 * kv        = W_kvb latent               per head: N of the key, then V of the value
 * y         = W_o attention(q, kv, kr)
 * </pre>
 *
 * <p>Unless they are to be kept, backward computes queries, keys and values again from the latents
 * (report §3.2.3). In the FP8 mode the attention result is kept as E5M6 with power-of-two scales
 * (§3.3.3): it is both W_o's input and an operand of attention's backward pass, which therefore
 * sees the rounded values too.
 *
 * <p>Letters: T tokens, D model width, H heads, N nope width, R rope width, V value width, C
 * latent.
 */
final class MultiHeadLatentAttention {
  /** Query compression: cq = RMSNorm(W_qa x). */
  private record QueryCompression(Linear down, RmsNormLayer norm) {}

  /** Queries, rotated, and the unrotated part of keys and values. */
  record Expanded(Tensor q, Tensor kv) {}

  /** What backward needs of the compressed query. */
  record SavedQuery(RmsNormLayer.Saved norm, NormedOperand latent) {}

  /** What backward needs. */
  record Saved(
      Sequences sequences,
      NormedOperand x_TD,
      @Nullable SavedQuery query,
      RmsNormLayer.Saved latentNorm,
      NormedOperand latent_TC,
      @Nullable Expanded expanded,
      Tensor kRope_TR,
      Matrix out,
      Tensor lse_TH) {}

  /**
   * Inputs of linears that backward made again: of the layer, of W_qb if there is one, of W_kvb.
   */
  private record Inputs(Matrix x, @Nullable Matrix query, Matrix latent) {}

  /** Gradients of the normed query latent and of what the norm took. */
  private record QueryGradient(Tensor normed, Operands.Gradient down) {}

  /** What the weight gradients need. */
  record Pending(
      Saved saved,
      Inputs inputs,
      Tensor out,
      Operands.Gradient dy,
      Operands.Gradient dq,
      Operands.Gradient dkv,
      @Nullable QueryGradient query,
      Tensor dnormed_TC,
      Operands.Gradient dKvA) {}

  private final ModelConfig config;
  private final @Nullable QueryCompression compression;
  private final Linear q;
  private final Linear kvA;
  private final RmsNormLayer latentNorm;
  private final Linear kvB;
  private final Linear o;
  private final LayerContext context;
  private final CausalAttention.Geometry geometry;

  MultiHeadLatentAttention(
      ModelConfig config, Parameters parameters, String prefix, LayerContext context) {
    LinearKind kind = LinearKind.inBlocks(context.precision());
    this.config = config;
    this.context = context;
    if (config.compressesQueries()) {
      this.compression =
          new QueryCompression(
              new Linear(parameters.get(prefix + "q_a_proj.weight"), kind),
              new RmsNormLayer(
                  parameters.get(prefix + "q_a_layernorm.weight"),
                  ModelConfig.LATENT_EPS,
                  context));
      this.q = new Linear(parameters.get(prefix + "q_b_proj.weight"), kind);
    } else {
      this.compression = null;
      this.q = new Linear(parameters.get(prefix + "q_proj.weight"), kind);
    }
    this.kvA = new Linear(parameters.get(prefix + "kv_a_proj_with_mqa.weight"), kind);
    this.latentNorm =
        new RmsNormLayer(
            parameters.get(prefix + "kv_a_layernorm.weight"), ModelConfig.LATENT_EPS, context);
    this.kvB = new Linear(parameters.get(prefix + "kv_b_proj.weight"), kind);
    this.o = new Linear(parameters.get(prefix + "o_proj.weight"), kind);
    this.geometry =
        new CausalAttention.Geometry(
            config.numAttentionHeads(),
            config.qkNopeHeadDim(),
            config.qkRopeHeadDim(),
            config.vHeadDim(),
            RopeTable.softmaxScale(config),
            context.lowPrecision());
  }

  List<Linear> linears() {
    List<Linear> linears = new ArrayList<>(List.of(q, kvA, kvB, o));
    if (compression != null) {
      linears.add(compression.down);
    }
    return linears;
  }

  /** y = attention of x; set. */
  Saved forward(Tensor x_TD, Sequences sequences, RopeTable rope, Tensor y_TD) {
    Workspace scratch = context.scratch();
    Workspace saved = context.saved();
    Workspace.Mark mark = scratch.mark();
    Kernels kernels = context.kernels();
    MatMul matMul = kernels.matMul();
    int tokens = x_TD.rows();
    int latent = config.kvLoraRank();
    NormedOperand.Made input = NormedOperand.of(q.kind(), x_TD, context);
    Matrix x = input.operand();
    Matrix queryOperand = x;
    Tensor latentAndRope = scratch.take(context.type(), tokens, kvA.outputs());
    SavedQuery savedQuery = null;
    if (compression == null) {
      matMul.multiply(kvA.forward(x, latentAndRope));
    } else {
      Tensor down = saved.take(context.type(), tokens, compression.down.outputs());
      matMul.multiplyAll(List.of(compression.down.forward(x, down), kvA.forward(x, latentAndRope)));
      Tensor normed = scratch.take(context.type(), tokens, compression.down.outputs());
      RmsNormLayer.Saved norm = compression.norm.forward(down, normed);
      NormedOperand.Made made = NormedOperand.of(q.kind(), normed, context);
      queryOperand = made.operand();
      savedQuery = new SavedQuery(norm, made.saved());
    }
    Tensor latent_TC = saved.take(context.type(), tokens, latent);
    Tensor kRope_TR = saved.take(context.type(), tokens, config.qkRopeHeadDim());
    kernels.elementwise().copyColumns(latentAndRope, 0, latent_TC, 0, latent);
    kernels.elementwise().copyColumns(latentAndRope, latent, kRope_TR, 0, config.qkRopeHeadDim());
    Tensor normed_TC = scratch.take(context.type(), tokens, latent);
    RmsNormLayer.Saved norm = latentNorm.forward(latent_TC, normed_TC);
    NormedOperand.Made latentOperand = NormedOperand.of(kvB.kind(), normed_TC, context);
    Workspace home = context.recompute() ? scratch : saved;
    Expanded expanded = expand(queryOperand, latentOperand.operand(), sequences, rope, home);
    rotateKey(kRope_TR, sequences, rope, false);
    // In FP8 only the E5M6 codes of the attention result outlive this call.
    Workspace outHome = o.kind() == LinearKind.TILED ? scratch : saved;
    Tensor out = outHome.take(context.type(), tokens, o.inputs());
    Tensor lse_TH = saved.take(context.type(), tokens, config.numAttentionHeads());
    kernels
        .causalAttention()
        .forward(geometry, expanded.q, expanded.kv, kRope_TR, sequences.offsets(), out, lse_TH);
    Matrix kept = keepOutput(out);
    Matrix operand = outputRows(kept);
    matMul.multiply(o.forward(operand, y_TD));
    scratch.release(mark);
    return new Saved(
        sequences,
        input.saved(),
        savedQuery,
        norm,
        latentOperand.saved(),
        context.recompute() ? null : expanded,
        kRope_TR,
        kept,
        lse_TH);
  }

  /** The up-projections. */
  private Expanded expand(
      Matrix query, Matrix latent, Sequences sequences, RopeTable rope, Workspace home) {
    Tensor q_T = home.take(context.type(), sequences.rows(), q.outputs());
    Tensor kv = home.take(context.type(), sequences.rows(), kvB.outputs());
    context.kernels().matMul().multiplyAll(List.of(q.forward(query, q_T), kvB.forward(latent, kv)));
    rotateQuery(q_T, sequences, rope, false);
    return new Expanded(q_T, kv);
  }

  private void rotateQuery(Tensor query, Sequences sequences, RopeTable rope, boolean inverse) {
    int head = config.qkHeadDim();
    context
        .kernels()
        .rotaryEmbedding()
        .rotate(
            query,
            config.numAttentionHeads(),
            head,
            config.qkNopeHeadDim(),
            rope.cos(),
            rope.sin(),
            sequences.positions(),
            inverse);
  }

  private void rotateKey(Tensor kRope_TR, Sequences sequences, RopeTable rope, boolean inverse) {
    context
        .kernels()
        .rotaryEmbedding()
        .rotate(
            kRope_TR,
            1,
            config.qkRopeHeadDim(),
            0,
            rope.cos(),
            rope.sin(),
            sequences.positions(),
            inverse);
  }

  private Matrix keepOutput(Tensor out) {
    return o.kind() == LinearKind.TILED
        ? context
            .kernels()
            .quantizer()
            .quantize(
                out,
                Quantizer.Format.E5M6,
                Matrix.Tiling.ROWS,
                Quantizer.Scale.POWER_OF_TWO,
                context.saved())
        : new Matrix.Dense(out);
  }

  /** The Fprop operand of W_o, from what is kept of the attention result. */
  private Matrix outputRows(Matrix kept) {
    Operands operands = context.operands();
    return operands.rows(
        o.kind(), operands.restore(kept), Quantizer.Scale.POWER_OF_TWO, context.scratch());
  }

  /** The inputs of the linears again. */
  private Inputs inputs(Saved saved, Supplier<Tensor> normed) {
    Matrix x = saved.x_TD.again(normed, context);
    SavedQuery query = saved.query;
    Matrix queryOperand =
        compression == null || query == null
            ? null
            : query.latent.again(() -> compression.norm.again(query.norm), context);
    Matrix latent = saved.latent_TC.again(() -> latentNorm.again(saved.latentNorm), context);
    return new Inputs(x, queryOperand, latent);
  }

  /**
   * dx is set.
   *
   * @param normed computes the layer's input again
   */
  Pending backwardInput(
      Saved saved, Supplier<Tensor> normed, RopeTable rope, Tensor dy_TD, Tensor dx_TD) {
    Workspace scratch = context.scratch();
    Kernels kernels = context.kernels();
    MatMul matMul = kernels.matMul();
    Operands operands = context.operands();
    int tokens = dy_TD.rows();
    int latent = config.kvLoraRank();
    Inputs inputs = inputs(saved, normed);
    Expanded expanded = saved.expanded;
    if (expanded == null) {
      Matrix queryOperand = inputs.query == null ? inputs.x : inputs.query;
      expanded = expand(queryOperand, inputs.latent, saved.sequences, rope, scratch);
    }
    Tensor out = operands.restore(saved.out);
    Operands.Gradient dy = gradient(o, dy_TD);
    Tensor dout = scratch.take(context.type(), tokens, o.inputs());
    matMul.multiply(o.backwardInput(dy.rows(), dout, false));
    Tensor dquery = scratch.take(context.type(), tokens, q.outputs());
    Tensor dkvTensor = scratch.take(context.type(), tokens, kvB.outputs());
    Tensor dkRope_TR = scratch.take(context.type(), tokens, config.qkRopeHeadDim());
    kernels
        .causalAttention()
        .backward(
            geometry,
            expanded.q,
            expanded.kv,
            saved.kRope_TR,
            saved.sequences.offsets(),
            out,
            saved.lse_TH,
            dout,
            dquery,
            dkvTensor,
            dkRope_TR);
    rotateQuery(dquery, saved.sequences, rope, true);
    rotateKey(dkRope_TR, saved.sequences, rope, true);
    Operands.Gradient dq = gradient(q, dquery);
    Operands.Gradient dkv = gradient(kvB, dkvTensor);
    Tensor dnormed_TC = scratch.take(context.type(), tokens, latent);
    Tensor dlatent_TC = scratch.take(context.type(), tokens, latent);
    matMul.multiply(kvB.backwardInput(dkv.rows(), dnormed_TC, false));
    latentNorm.backwardInput(saved.latentNorm, dnormed_TC, dlatent_TC, false);
    Tensor dLatentAndRope = scratch.take(context.type(), tokens, kvA.outputs());
    kernels.elementwise().copyColumns(dlatent_TC, 0, dLatentAndRope, 0, latent);
    kernels.elementwise().copyColumns(dkRope_TR, 0, dLatentAndRope, latent, config.qkRopeHeadDim());
    Operands.Gradient dKvA = gradient(kvA, dLatentAndRope);
    QueryGradient query = null;
    if (compression != null && saved.query != null) {
      Tensor dnormed = scratch.take(context.type(), tokens, q.inputs());
      Tensor ddown = scratch.take(context.type(), tokens, q.inputs());
      matMul.multiply(q.backwardInput(dq.rows(), dnormed, false));
      compression.norm.backwardInput(saved.query.norm, dnormed, ddown, false);
      query = new QueryGradient(dnormed, gradient(compression.down, ddown));
      matMul.multiply(compression.down.backwardInput(query.down.rows(), dx_TD, false));
    } else {
      matMul.multiply(q.backwardInput(dq.rows(), dx_TD, false));
    }
    matMul.multiply(kvA.backwardInput(dKvA.rows(), dx_TD, true));
    return new Pending(saved, inputs, out, dy, dq, dkv, query, dnormed_TC, dKvA);
  }

  private Operands.Gradient gradient(Linear linear, Tensor dy) {
    return context.operands().gradient(linear.kind(), dy);
  }

  void backwardWeight(Pending pending, WeightGradients gradients, GradientSink sink) {
    Operands operands = context.operands();
    Saved saved = pending.saved;
    Inputs inputs = pending.inputs;
    Matrix x = operands.regroup(inputs.x);
    SavedQuery query = saved.query;
    QueryGradient dquery = pending.query;
    if (compression != null && query != null && dquery != null && inputs.query != null) {
      add(gradients, compression.down, dquery.down, x);
      compression.norm.backwardWeight(query.norm, dquery.normed, sink);
      add(gradients, q, pending.dq, operands.regroup(inputs.query));
    } else {
      add(gradients, q, pending.dq, x);
    }
    add(gradients, kvA, pending.dKvA, x);
    latentNorm.backwardWeight(saved.latentNorm, pending.dnormed_TC, sink);
    add(gradients, kvB, pending.dkv, operands.regroup(inputs.latent));
    Matrix out = operands.columns(o.kind(), pending.out, Quantizer.Scale.POWER_OF_TWO);
    add(gradients, o, pending.dy, out);
  }

  private static void add(
      WeightGradients gradients, Linear linear, Operands.Gradient gradient, Matrix x) {
    gradients.add(linear, gradient.columns(), x);
  }
}
