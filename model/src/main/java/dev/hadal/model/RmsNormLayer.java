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
    Tensor r_T = context.saved().take(context.type(), x_TD.rows());
    context.kernels().rmsNorm().forward(x_TD, weight.tensor(), eps, y_TD, r_T);
    return new Saved(x_TD, r_T);
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
