package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Quantizer;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.List;
import java.util.function.Supplier;

/**
 * The gated feed-forward layer W_down(SiLU(W_gate x) * W_up x): a dense layer or the shared expert.
 * The activation is recomputed in backward; in FP8 its two inputs are cached in FP8 (DeepSeek-V3
 * report §3.3.3). Letters: T tokens, D model width, F inner width.
 */
final class FeedForward {
  /** What backward needs. */
  record Saved(NormedOperand x_TD, Matrix gate_TF, Matrix up_TF) {}

  /** What the weight gradients need. */
  record Pending(
      NormedOperand x_TD,
      Operands.Gradient dy_TD,
      Tensor h_TF,
      Operands.Gradient dgate_TF,
      Operands.Gradient dup_TF) {}

  private final Linear gate;
  private final Linear up;
  private final Linear down;
  private final LayerContext context;

  FeedForward(Parameters parameters, String prefix, LayerContext context) {
    LinearKind kind = LinearKind.inBlocks(context.precision());
    this.gate = new Linear(parameters.get(prefix + "gate_proj.weight"), kind);
    this.up = new Linear(parameters.get(prefix + "up_proj.weight"), kind);
    this.down = new Linear(parameters.get(prefix + "down_proj.weight"), kind);
    this.context = context;
  }

  List<Linear> linears() {
    return List.of(gate, up, down);
  }

  /** y is set. */
  Saved forward(Tensor x_TD, Tensor y_TD) {
    Workspace scratch = context.scratch();
    Workspace.Mark mark = scratch.mark();
    MatMul matMul = context.kernels().matMul();
    Operands operands = context.operands();
    int tokens = x_TD.rows();
    // In FP8 only the quantised copies of gate and up outlive this call.
    Workspace home = gate.kind() == LinearKind.TILED ? scratch : context.saved();
    NormedOperand.Made made = NormedOperand.of(gate.kind(), x_TD, context);
    Matrix x = made.operand();
    Tensor gate_TF = home.take(context.type(), tokens, gate.outputs());
    Tensor up_TF = home.take(context.type(), tokens, gate.outputs());
    matMul.multiplyAll(List.of(gate.forward(x, gate_TF), up.forward(x, up_TF)));
    Tensor h_TF = scratch.take(context.type(), tokens, gate.outputs());
    context.kernels().swiGlu().forward(gate_TF, up_TF, h_TF);
    matMul.multiply(down.forward(operands.rows(down.kind(), h_TF, scratch), y_TD));
    Saved saved =
        new Saved(
            made.saved(), cache(gate.kind(), gate_TF, context), cache(gate.kind(), up_TF, context));
    scratch.release(mark);
    return saved;
  }

  /** The form in which an input of SwiGLU is kept: FP8 in the FP8 mode, else as it is. */
  static Matrix cache(LinearKind kind, Tensor x_TF, LayerContext context) {
    return kind == LinearKind.TILED
        ? context.operands().rows(kind, x_TF, context.saved())
        : new Matrix.Dense(x_TF);
  }

  /** dx is set. Gate and up of {@code saved} are overwritten. */
  Pending backwardInput(Saved saved, Tensor dy_TD, Tensor dx_TD) {
    Workspace scratch = context.scratch();
    MatMul matMul = context.kernels().matMul();
    Operands operands = context.operands();
    int tokens = dy_TD.rows();
    Tensor gate_TF = operands.restore(saved.gate_TF);
    Tensor up_TF = operands.restore(saved.up_TF);
    Tensor h_TF = scratch.take(context.type(), tokens, gate.outputs());
    Tensor dh_TF = scratch.take(context.type(), tokens, gate.outputs());
    context.kernels().swiGlu().forward(gate_TF, up_TF, h_TF);
    Operands.Gradient dy = operands.gradient(down.kind(), dy_TD);
    matMul.multiply(down.backwardInput(dy.rows(), dh_TF, false));
    context.kernels().swiGlu().backward(gate_TF, up_TF, dh_TF, gate_TF, up_TF);
    Operands.Gradient dgate = operands.gradient(gate.kind(), gate_TF);
    Operands.Gradient dup = operands.gradient(up.kind(), up_TF);
    matMul.multiply(gate.backwardInput(dgate.rows(), dx_TD, false));
    matMul.multiply(up.backwardInput(dup.rows(), dx_TD, true));
    return new Pending(saved.x_TD, dy, h_TF, dgate, dup);
  }

  /**
   * Weight gradients.
   *
   * @param normed computes x again
   */
  void backwardWeight(Pending pending, Supplier<Tensor> normed, WeightGradients gradients) {
    Operands operands = context.operands();
    Matrix x = operands.regroup(pending.x_TD.again(normed, context));
    gradients.add(gate, pending.dgate_TF.columns(), x);
    gradients.add(up, pending.dup_TF.columns(), x);
    gradients.add(
        down,
        pending.dy_TD.columns(),
        operands.columns(down.kind(), pending.h_TF, Quantizer.Scale.FP32));
  }
}
