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
  private final RoutedWeights routed;
  private final @Nullable InferenceFeedForward shared;
  private final int layer;
  private final InferenceContext context;

  InferenceExperts(InferenceLoader loader, int layer, InferenceContext context) {
    ModelConfig config = loader.config();
    String prefix = ParameterNames.layer(layer) + "mlp.";
    this.rule = config.gateRule();
    this.layer = layer;
    this.context = context;
    this.gate = loader.linear(prefix + "gate.weight", InferenceKind.DENSE);
    this.bias_E = loader.gateBias(layer);
    this.routed = loader.routed(layer, context.mode().inBlocks());
    this.shared =
        config.nSharedExperts() == 0
            ? null
            : InferenceFeedForward.load(loader, prefix + "shared_experts.", context);
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

  /** The chosen experts' outputs; y is set to the shared expert's. */
  private Tensor experts(Tensor x_TD, Dispatch dispatch, Tensor y_TD) {
    Products products = new Products(x_TD, dispatch, y_TD);
    routed.handOver(dispatch, products::add);
    return products.out_RD;
  }

  /**
   * The products of one call. The shared expert's run side by side with the first routed ones: the
   * fewer and longer the products of one call, the less time threads wait for each other.
   */
  private final class Products {
    private final Dispatch dispatch;
    private final Tensor y_TD;
    private final Matrix x_RD;
    private final Matrix xToUp_RD;
    private final boolean sameInput;
    private final Tensor gate_RF;
    private final Tensor up_RF;
    private final Tensor h_RF;
    private final Tensor out_RD;
    private InferenceFeedForward.@Nullable Inner inner;

    Products(Tensor x_TD, Dispatch dispatch, Tensor y_TD) {
      this.dispatch = dispatch;
      this.y_TD = y_TD;
      x_RD = dispatched(routed.gateKind(), x_TD, dispatch);
      sameInput = routed.upKind() == routed.gateKind();
      xToUp_RD = sameInput ? x_RD : dispatched(routed.upKind(), x_TD, dispatch);
      gate_RF = context.take(dispatch.rows(), routed.width());
      up_RF = context.take(dispatch.rows(), routed.width());
      h_RF = context.take(dispatch.rows(), routed.width());
      out_RD = context.take(dispatch.rows(), x_TD.columns());
      if (shared == null) {
        y_TD.data().fill((byte) 0);
      } else {
        inner = shared.inner(x_TD);
      }
    }

    private int from(RoutedExpert expert) {
      return dispatch.offsets()[expert.number()];
    }

    private int to(RoutedExpert expert) {
      return dispatch.offsets()[expert.number() + 1];
    }

    /** Multiplies the rows of some experts, ascending. */
    void add(List<RoutedExpert> experts) {
      InferenceFeedForward.Inner first = inner;
      inner = null;
      List<MatMul.Job> jobs = new ArrayList<>(first == null ? List.of() : first.jobs());
      for (RoutedExpert expert : experts) {
        int from = from(expert);
        int to = to(expert);
        Matrix x = x_RD.slice(from, to);
        Matrix xToUp = sameInput ? x : xToUp_RD.slice(from, to);
        jobs.add(expert.gate().job(x, gate_RF.slice(from, to)));
        jobs.add(expert.up().job(xToUp, up_RF.slice(from, to)));
      }
      context.matMul().multiplyAll(jobs);
      jobs.clear();
      if (shared != null && first != null) {
        jobs.add(shared.down(first, y_TD));
      }
      for (int next = 0; next < experts.size(); ) {
        next = addDown(experts, next, jobs);
      }
      context.matMul().multiplyAll(jobs);
    }

    /**
     * The second half of the experts from one on whose rows follow each other; returns the next.
     */
    private int addDown(List<RoutedExpert> experts, int first, List<MatMul.Job> jobs) {
      int from = from(experts.get(first));
      int next = first + 1;
      while (next < experts.size() && from(experts.get(next)) == to(experts.get(next - 1))) {
        next++;
      }
      int to = to(experts.get(next - 1));
      Tensor h = h_RF.slice(from, to);
      context.kernels().swiGlu().forward(gate_RF.slice(from, to), up_RF.slice(from, to), h);
      Matrix operand = context.operand(routed.downKind(), h);
      for (RoutedExpert expert : experts.subList(first, next)) {
        jobs.add(
            expert
                .down()
                .job(
                    operand.slice(from(expert) - from, to(expert) - from),
                    out_RD.slice(from(expert), to(expert))));
      }
      return next;
    }
  }
}
