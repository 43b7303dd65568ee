package dev.hadal.model;

import dev.hadal.kernels.Dispatch;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Permutation;
import dev.hadal.kernels.Quantizer;
import dev.hadal.kernels.SwiGlu;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The routed experts of one layer: dispatch, experts, combine. All experts' products of one kind
 * run in one call.
 *
 * <p>One rank rounds what the recipe puts on the wire (DeepSeek-V3 report §3.3.3): in FP8 the
 * dispatched rows, and in backward the dispatched gradient, are E4M3 with power-of-two scales; in
 * both low-precision modes combine takes BF16 rows. Backward dispatches dy itself, unweighted: an
 * expert multiplies its Dgrad result by the gate weight in FP32, the weight's gradient is the dot
 * product of that unweighted result with the recomputed activation, and Wgrad takes weight times
 * the dispatched dy.
 *
 * <p>Letters: T tokens, K experts per token, R = T K rows in expert order, D model width, F expert
 * width.
 */
final class RoutedExperts {
  /** Where each token goes and with which weight. */
  record Routing(Tensor index_TK, Tensor weight_TK, Dispatch dispatch) {
    /** Tokens of each expert. */
    long[] loads() {
      long[] loads = new long[dispatch.experts()];
      for (int e = 0; e < loads.length; e++) {
        loads[e] = dispatch.load(e);
      }
      return loads;
    }
  }

  /** What backward needs. */
  record Saved(Routing routing, NormedOperand x_TD, Matrix gate_RF, Matrix up_RF) {}

  /** What the weight gradients need. */
  record Pending(
      Saved saved,
      Tensor weightedDy_RD,
      Tensor h_RF,
      Tensor dgate_RF,
      Matrix dgateRows_RF,
      Tensor dup_RF,
      Matrix dupRows_RF) {}

  private final List<Expert> experts;
  private final int width;
  private final int combineGroups;
  private final LinearKind kind;
  private final LayerContext context;

  RoutedExperts(
      ModelConfig config,
      Parameters parameters,
      String prefix,
      int combineGroups,
      LayerContext context) {
    this.kind = LinearKind.inBlocks(context.precision());
    this.context = context;
    this.combineGroups = combineGroups;
    this.width = config.moeIntermediateSize();
    this.experts = new ArrayList<>();
    for (int e = 0; e < config.nRoutedExperts(); e++) {
      experts.add(Expert.of(parameters, prefix + e + ".", kind));
    }
  }

  List<Linear> linears() {
    return experts.stream().flatMap(e -> List.of(e.gate(), e.up(), e.down()).stream()).toList();
  }

  /** y = y + the weighted sum of each token's experts; y holds the shared expert's result. */
  Saved forward(Tensor x_TD, Routing routing, Tensor y_TD) {
    Workspace scratch = context.scratch();
    Workspace.Mark mark = scratch.mark();
    Kernels kernels = context.kernels();
    Operands operands = context.operands();
    int rows = routing.dispatch.rows();
    NormedOperand.Made x = NormedOperand.of(kind, Quantizer.Scale.POWER_OF_TWO, x_TD, context);
    Matrix dispatched = operands.gather(x.operand(), routing.dispatch.rowToken());
    Workspace home = kind == LinearKind.TILED ? scratch : context.saved();
    Tensor gate_RF = home.take(context.type(), rows, width);
    Tensor up_RF = home.take(context.type(), rows, width);
    List<MatMul.Job> jobs = new ArrayList<>();
    forEachLoaded(
        routing.dispatch,
        (expert, from, to) -> {
          Matrix part = dispatched.slice(from, to);
          jobs.add(expert.gate().forward(part, gate_RF.slice(from, to)));
          jobs.add(expert.up().forward(part, up_RF.slice(from, to)));
        });
    kernels.matMul().multiplyAll(jobs);
    Tensor h_RF = scratch.take(context.type(), rows, width);
    kernels.swiGlu().forward(gate_RF, up_RF, h_RF);
    Tensor out_RD = scratch.take(context.type(), rows, x_TD.columns());
    multiply(routing.dispatch, Expert::down, operands.rows(kind, h_RF, scratch), out_RD);
    combine(out_RD, routing, routing.weight_TK, y_TD);
    Saved saved =
        new Saved(
            routing,
            x.saved(),
            FeedForward.cache(kind, gate_RF, context),
            FeedForward.cache(kind, up_RF, context));
    scratch.release(mark);
    return saved;
  }

  private void combine(Tensor rows_RD, Routing routing, @Nullable Tensor weight_TK, Tensor y_TD) {
    context
        .kernels()
        .permutation()
        .combine(
            rows_RD,
            routing.dispatch,
            routing.index_TK,
            weight_TK,
            y_TD,
            combineGroups,
            context.lowPrecision(),
            y_TD);
  }

  /** dx = dx + the experts' input gradients; dweight is set. */
  Pending backwardInput(Saved saved, Tensor dy_TD, Tensor dx_TD, Tensor dweight_TK) {
    Workspace scratch = context.scratch();
    Operands operands = context.operands();
    SwiGlu swiGlu = context.kernels().swiGlu();
    Permutation permutation = context.kernels().permutation();
    Routing routing = saved.routing;
    Dispatch dispatch = routing.dispatch;
    int rows = dispatch.rows();
    Tensor gate_RF = operands.restore(saved.gate_RF);
    Tensor up_RF = operands.restore(saved.up_RF);
    Tensor h_RF = scratch.take(context.type(), rows, width);
    swiGlu.forward(gate_RF, up_RF, h_RF);
    Matrix dy = operands.rows(kind, dy_TD, Quantizer.Scale.POWER_OF_TWO, scratch);
    Matrix dispatched = operands.gather(dy, dispatch.rowToken());
    Tensor dh_RF = scratch.take(context.type(), rows, width);
    multiplyBack(dispatch, Expert::down, dispatched, dh_RF, false);
    permutation.rowDots(dh_RF, h_RF, dispatch, dweight_TK);
    permutation.scaleRows(dh_RF, dispatch, routing.weight_TK, dh_RF);
    Tensor weightedDy_RD = operands.restore(dispatched);
    permutation.scaleRows(weightedDy_RD, dispatch, routing.weight_TK, weightedDy_RD);
    swiGlu.backward(gate_RF, up_RF, dh_RF, gate_RF, up_RF);
    Matrix dgate = operands.rows(kind, gate_RF, scratch);
    Matrix dup = operands.rows(kind, up_RF, scratch);
    Tensor dx_RD = scratch.take(context.type(), rows, dx_TD.columns());
    multiplyBack(dispatch, Expert::gate, dgate, dx_RD, false);
    multiplyBack(dispatch, Expert::up, dup, dx_RD, true);
    combine(dx_RD, routing, null, dx_TD);
    return new Pending(saved, weightedDy_RD, h_RF, gate_RF, dgate, up_RF, dup);
  }

  /**
   * Weight gradients. Tiles along the tokens start anew with each expert.
   *
   * @param normed computes x again
   */
  void backwardWeight(Pending pending, Supplier<Tensor> normed, WeightGradients gradients) {
    Operands operands = context.operands();
    Dispatch dispatch = pending.saved.routing.dispatch;
    Matrix x = operands.gather(pending.saved.x_TD.again(normed, context), dispatch.rowToken());
    forEachLoaded(
        dispatch,
        (expert, from, to) -> {
          Matrix input = operands.regroup(x.slice(from, to));
          gradients.add(
              expert.gate(),
              operands.columns(
                  pending.dgate_RF.slice(from, to), pending.dgateRows_RF.slice(from, to)),
              input);
          gradients.add(
              expert.up(),
              operands.columns(pending.dup_RF.slice(from, to), pending.dupRows_RF.slice(from, to)),
              input);
          gradients.add(
              expert.down(),
              operands.columns(kind, pending.weightedDy_RD.slice(from, to), Quantizer.Scale.FP32),
              operands.columns(kind, pending.h_RF.slice(from, to), Quantizer.Scale.FP32));
        });
  }

  private interface Segment {
    void accept(Expert expert, int from, int to);
  }

  private void forEachLoaded(Dispatch dispatch, Segment segment) {
    for (int e = 0; e < experts.size(); e++) {
      if (dispatch.load(e) > 0) {
        segment.accept(experts.get(e), dispatch.offsets()[e], dispatch.offsets()[e + 1]);
      }
    }
  }

  private void multiply(Dispatch dispatch, Function<Expert, Linear> linear, Matrix x, Tensor y) {
    List<MatMul.Job> jobs = new ArrayList<>();
    forEachLoaded(
        dispatch,
        (expert, from, to) ->
            jobs.add(linear.apply(expert).forward(x.slice(from, to), y.slice(from, to))));
    context.kernels().matMul().multiplyAll(jobs);
  }

  private void multiplyBack(
      Dispatch dispatch, Function<Expert, Linear> linear, Matrix dy, Tensor dx, boolean add) {
    List<MatMul.Job> jobs = new ArrayList<>();
    forEachLoaded(
        dispatch,
        (expert, from, to) ->
            jobs.add(
                linear.apply(expert).backwardInput(dy.slice(from, to), dx.slice(from, to), add)));
    context.kernels().matMul().multiplyAll(jobs);
  }
}
