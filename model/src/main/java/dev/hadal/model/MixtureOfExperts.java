package dev.hadal.model;

import dev.hadal.kernels.Dispatch;
import dev.hadal.kernels.Gate;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts: y = shared expert + sum of weight times routed expert (DeepSeek-V3 report
 * §2.1.2). The gate is FP32 in every mode. Letters: T tokens, E experts, K experts per token, D
 * model width.
 */
final class MixtureOfExperts {
  /** What backward needs, and what the step reports. */
  record Saved(
      Tensor scores_TE,
      Tensor dscores_TE,
      RoutedExperts.Saved routed,
      FeedForward.@Nullable Saved shared,
      double balance) {

    RoutedExperts.Routing routing() {
      return routed.routing();
    }
  }

  /** What the weight gradients need. */
  record Pending(
      Tensor dlogits_TE, RoutedExperts.Pending routed, FeedForward.@Nullable Pending shared) {}

  private final Gate.Rule rule;
  private final Linear gate;
  private final Tensor bias_E;
  private final RoutedExperts routed;
  private final @Nullable FeedForward shared;
  private final LayerContext context;

  MixtureOfExperts(
      ModelConfig config,
      Parameters parameters,
      int layer,
      int combineGroups,
      LayerContext context) {
    String prefix = ParameterNames.layer(layer) + "mlp.";
    this.rule = config.gateRule();
    this.gate = new Linear(parameters.get(prefix + "gate.weight"), LinearKind.DENSE);
    this.bias_E = parameters.gateBias(layer);
    this.routed =
        new RoutedExperts(config, parameters, prefix + "experts.", combineGroups, context);
    this.shared =
        config.nSharedExperts() == 0
            ? null
            : new FeedForward(parameters, prefix + "shared_experts.", context);
    this.context = context;
  }

  List<Linear> linears() {
    List<Linear> linears = new ArrayList<>(routed.linears());
    linears.add(gate);
    if (shared != null) {
      linears.addAll(shared.linears());
    }
    return linears;
  }

  /**
   * y is set.
   *
   * @param x_TD kept until backward
   * @param alpha factor of the balance loss of a sequence of these rows' length
   */
  Saved forward(Tensor x_TD, Sequences sequences, double alpha, Tensor y_TD) {
    Workspace memory = context.saved();
    Kernels kernels = context.kernels();
    int tokens = x_TD.rows();
    Workspace.Mark mark = context.scratch().mark();
    Tensor logits_TE = context.scratch().take(context.type(), tokens, rule.experts());
    kernels.matMul().multiply(gate.forward(new Matrix.Dense(x_TD), logits_TE));
    Tensor scores_TE = memory.take(context.type(), tokens, rule.experts());
    Tensor index_TK = memory.take(DType.I32, tokens, rule.chosen());
    Tensor weight_TK = memory.take(context.type(), tokens, rule.chosen());
    kernels.gate().route(rule, logits_TE, bias_E, scores_TE, index_TK, weight_TK);
    context.scratch().release(mark);
    Tensor dscores_TE = memory.takeZeroed(context.type(), tokens, rule.experts());
    double balance =
        alpha == 0
            ? 0
            : kernels.gate().balance(rule, alpha, scores_TE, sequences.offsets(), dscores_TE);
    RoutedExperts.Routing routing =
        new RoutedExperts.Routing(index_TK, weight_TK, Dispatch.of(index_TK, rule.experts()));
    FeedForward.Saved savedShared = null;
    if (shared == null) {
      y_TD.data().fill((byte) 0);
    } else {
      savedShared = shared.forward(x_TD, y_TD);
    }
    RoutedExperts.Saved savedRouted = routed.forward(x_TD, routing, y_TD);
    return new Saved(scores_TE, dscores_TE, savedRouted, savedShared, balance);
  }

  /** dx is set. */
  Pending backwardInput(Saved saved, Tensor dy_TD, Tensor dx_TD) {
    Workspace scratch = context.scratch();
    Kernels kernels = context.kernels();
    int tokens = dy_TD.rows();
    FeedForward.Pending pendingShared = null;
    if (shared == null || saved.shared == null) {
      dx_TD.data().fill((byte) 0);
    } else {
      pendingShared = shared.backwardInput(saved.shared, dy_TD, dx_TD);
    }
    Tensor dweight_TK = scratch.take(context.type(), tokens, rule.chosen());
    RoutedExperts.Pending pendingRouted =
        routed.backwardInput(saved.routed, dy_TD, dx_TD, dweight_TK);
    Tensor dlogits_TE = scratch.take(context.type(), tokens, rule.experts());
    RoutedExperts.Routing routing = saved.routing();
    kernels
        .gate()
        .backward(
            rule,
            saved.scores_TE,
            routing.index_TK(),
            routing.weight_TK(),
            dweight_TK,
            saved.dscores_TE,
            dlogits_TE);
    kernels.matMul().multiply(gate.backwardInput(new Matrix.Dense(dlogits_TE), dx_TD, true));
    return new Pending(dlogits_TE, pendingRouted, pendingShared);
  }

  /**
   * Weight gradients.
   *
   * @param x_TD the input, computed again: the gate, FP32 in every mode, needs it as it is
   */
  void backwardWeight(Pending pending, Tensor x_TD, WeightGradients gradients) {
    gradients.add(gate, new Matrix.Dense(pending.dlogits_TE), new Matrix.Dense(x_TD));
    if (shared != null && pending.shared != null) {
      shared.backwardWeight(pending.shared, () -> x_TD, gradients);
    }
    routed.backwardWeight(pending.routed, () -> x_TD, gradients);
  }
}
