package dev.hadal.model;

import dev.hadal.tensor.Tensor;

/** Root-mean-square normalisation of rows. Letters: T tokens, D width. */
final class RmsNormLayer {
  /** What backward needs: the input and the factors 1 / rms of its rows. */
  record Saved(Tensor x_TD, Tensor r_T) {}

  private final Parameter weight;
  private final double eps;
  private final LayerContext context;

  RmsNormLayer(Parameter weight, double eps, LayerContext context) {
    this.weight = weight;
    this.eps = eps;
    this.context = context;
  }

  /** y = x / rms(x) * w; x must stay as it is until backward. */
  Saved forward(Tensor x_TD, Tensor y_TD) {
    return forward(x_TD, y_TD, context.saved().take(context.type(), x_TD.rows()));
  }

  /** The same with memory for the factors. */
  Saved forward(Tensor x_TD, Tensor y_TD, Tensor r_T) {
    context.kernels().rmsNorm().forward(x_TD, weight.tensor(), eps, y_TD, r_T);
    return new Saved(x_TD, r_T);
  }

  /** The result of {@link #forward} once more, in scratch memory. */
  Tensor again(Saved saved) {
    Tensor x_TD = saved.x_TD;
    Tensor y_TD = context.scratch().take(context.type(), x_TD.rows(), x_TD.columns());
    forward(x_TD, y_TD, saved.r_T);
    return y_TD;
  }

  /** dx is set, or with {@code add} increased. */
  void backwardInput(Saved saved, Tensor dy_TD, Tensor dx_TD, boolean add) {
    context
        .kernels()
        .rmsNorm()
        .backwardInput(saved.x_TD, weight.tensor(), saved.r_T, dy_TD, dx_TD, add);
  }

  void backwardWeight(Saved saved, Tensor dy_TD, GradientSink sink) {
    Tensor dw_D = context.scratch().take(context.type(), dy_TD.columns());
    context.kernels().rmsNorm().backwardWeight(saved.x_TD, saved.r_T, dy_TD, dw_D);
    sink.accept(weight, dw_D);
  }
}
