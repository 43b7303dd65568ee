package dev.hadal.model;

import dev.hadal.kernels.Dispatch;
import dev.hadal.kernels.Gate;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Quantizer;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts at inference: gate, dispatch, the chosen experts, combine (DeepSeek-V3
 * report §2.1.2). What a cluster would round on the wire is rounded here too: dispatched rows are
 * E4M3 with power-of-two scales in FP8, combined rows BF16 in both rounding modes (report §3.3.3).
 *
 * <p>Letters: T rows, E experts, K experts per row, R = T K rows in expert order, D model width, F
 * expert width.
 */
final class InferenceExperts {
  private final Gate.Rule rule;
  private final InferenceLinear gate;
  private final Tensor bias_E;
  private final List<InferenceLinear> gates;
  private final List<InferenceLinear> ups;
  private final List<InferenceLinear> downs;
  private final @Nullable InferenceFeedForward shared;
  private final int layer;
  private final InferenceContext context;

  InferenceExperts(InferenceLoader loader, int layer, InferenceContext context) {
    ModelConfig config = loader.config();
    String prefix = ParameterNames.layer(layer) + "mlp.";
    this.rule = config.gateRule();
    InferenceKind kind = context.mode().inBlocks();
    this.layer = layer;
    this.context = context;
    this.gate = loader.linear(prefix + "gate.weight", InferenceKind.DENSE);
    this.bias_E = loader.gateBias(layer);
    this.gates = loader.linears(names(prefix, "gate_proj"), kind);
    this.ups = loader.linears(names(prefix, "up_proj"), kind);
    this.downs = loader.linears(names(prefix, "down_proj"), kind);
    this.shared =
        config.nSharedExperts() == 0
            ? null
            : InferenceFeedForward.load(loader, prefix + "shared_experts.", context);
  }

  private List<String> names(String prefix, String part) {
    List<String> names = new ArrayList<>(rule.experts());
    for (int e = 0; e < rule.experts(); e++) {
      names.add(prefix + "experts." + e + "." + part + ".weight");
    }
    return names;
  }

  /** y is set. */
  void forward(Tensor x_TD, InferenceTrace trace, Tensor y_TD) {
    Workspace scratch = context.scratch();
    Workspace.Mark mark = scratch.mark();
    Kernels kernels = context.kernels();
    int rows = x_TD.rows();
    Tensor logits_TE = context.take(rows, rule.experts());
    context.matMul().multiply(gate.job(new Matrix.Dense(x_TD), logits_TE));
    Tensor scores_TE = context.take(rows, rule.experts());
    Tensor index_TK = scratch.take(DType.I32, rows, rule.chosen());
    Tensor weight_TK = context.take(rows, rule.chosen());
    kernels.gate().route(rule, logits_TE, bias_E, scores_TE, index_TK, weight_TK);
    trace.router(layer, index_TK, weight_TK);
    Dispatch dispatch = Dispatch.of(index_TK, rule.experts());
    Tensor out_RD = experts(x_TD, dispatch, y_TD);
    kernels
        .permutation()
        .combine(
            out_RD,
            dispatch,
            index_TK,
            weight_TK,
            y_TD,
            rule.groups(),
            context.mode().rounds(),
            y_TD);
    scratch.release(mark);
  }

  private Matrix dispatched(InferenceKind kind, Tensor x_TD, Dispatch dispatch) {
    Matrix x = context.operand(kind, x_TD, Quantizer.Scale.POWER_OF_TWO);
    return context.operands().gather(x, dispatch.rowToken());
  }

  /**
   * The chosen experts' outputs; y is set to the shared expert's. Both run side by side: the fewer
   * and longer the products of one call, the less time threads wait for each other.
   */
  private Tensor experts(Tensor x_TD, Dispatch dispatch, Tensor y_TD) {
    MatMul matMul = context.matMul();
    InferenceKind kind = gates.getFirst().kind();
    boolean same = ups.getFirst().kind() == kind;
    Matrix dispatched = dispatched(kind, x_TD, dispatch);
    Matrix dispatchedToUp = same ? dispatched : dispatched(ups.getFirst().kind(), x_TD, dispatch);
    Tensor gate_RF = context.take(dispatch.rows(), gates.getFirst().outputs());
    Tensor up_RF = context.take(dispatch.rows(), gates.getFirst().outputs());
    InferenceFeedForward.Inner inner = shared == null ? null : shared.inner(x_TD);
    List<MatMul.Job> jobs = new ArrayList<>(inner == null ? List.of() : inner.jobs());
    for (int e = 0; e < rule.experts(); e++) {
      if (dispatch.load(e) > 0) {
        int from = dispatch.offsets()[e];
        int to = dispatch.offsets()[e + 1];
        Matrix part = dispatched.slice(from, to);
        Matrix upPart = same ? part : dispatchedToUp.slice(from, to);
        jobs.add(gates.get(e).job(part, gate_RF.slice(from, to)));
        jobs.add(ups.get(e).job(upPart, up_RF.slice(from, to)));
      }
    }
    matMul.multiplyAll(jobs);
    Tensor h_RF = context.take(dispatch.rows(), gate_RF.columns());
    context.kernels().swiGlu().forward(gate_RF, up_RF, h_RF);
    Matrix h = context.operand(downs.getFirst().kind(), h_RF);
    Tensor out_RD = context.take(dispatch.rows(), x_TD.columns());
    jobs.clear();
    if (shared == null || inner == null) {
      y_TD.data().fill((byte) 0);
    } else {
      jobs.add(shared.down(inner, y_TD));
    }
    for (int e = 0; e < rule.experts(); e++) {
      if (dispatch.load(e) > 0) {
        int from = dispatch.offsets()[e];
        int to = dispatch.offsets()[e + 1];
        jobs.add(downs.get(e).job(h.slice(from, to), out_RD.slice(from, to)));
      }
    }
    matMul.multiplyAll(jobs);
    return out_RD;
  }
}
