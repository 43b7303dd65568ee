package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.List;

/**
 * W_down(SiLU(W_gate x) * W_up x): a dense layer or the shared expert. Letters: T rows, D model
 * width, F inner width.
 */
record InferenceFeedForward(
    InferenceLinear gate, InferenceLinear up, InferenceLinear down, InferenceContext context) {

  static InferenceFeedForward load(
      InferenceLoader loader, String prefix, InferenceContext context) {
    InferenceKind kind = context.mode().inBlocks();
    return new InferenceFeedForward(
        loader.linear(prefix + "gate_proj.weight", kind),
        loader.linear(prefix + "up_proj.weight", kind),
        loader.linear(prefix + "down_proj.weight", kind),
        context);
  }

  /** y is set. */
  void forward(Tensor x_TD, Tensor y_TD) {
    Workspace.Mark mark = context.scratch().mark();
    MatMul matMul = context.matMul();
    Inner inner = inner(x_TD);
    matMul.multiplyAll(inner.jobs());
    matMul.multiply(down(inner, y_TD));
    context.scratch().release(mark);
  }

  /** The outputs of both inner linears, in scratch memory, and the products that set them. */
  record Inner(Tensor gate_TF, Tensor up_TF, List<MatMul.Job> jobs) {}

  /** The first half, not computed yet. */
  Inner inner(Tensor x_TD) {
    int rows = x_TD.rows();
    Matrix x = context.operand(gate.kind(), x_TD);
    Tensor gate_TF = context.take(rows, gate.outputs());
    Tensor up_TF = context.take(rows, up.outputs());
    Matrix upX = up.kind() == gate.kind() ? x : context.operand(up.kind(), x_TD);
    return new Inner(gate_TF, up_TF, List.of(gate.job(x, gate_TF), up.job(upX, up_TF)));
  }

  /** The second half after the first was computed: the product that sets y. */
  MatMul.Job down(Inner inner, Tensor y_TD) {
    Tensor h_TF = context.take(y_TD.rows(), gate.outputs());
    context.kernels().swiGlu().forward(inner.gate_TF, inner.up_TF, h_TF);
    return down.job(context.operand(down.kind(), h_TF), y_TD);
  }
}
