package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/** {@link RmsNorm}, a row at a time. */
record ReferenceRmsNorm(Arithmetic arithmetic) implements RmsNorm {
  @Override
  public void forward(Tensor x_TD, Tensor w_D, double eps, Tensor y_TD, Tensor r_T) {
    int tokens = x_TD.rows();
    int width = x_TD.columns();
    arithmetic.require("rmsNorm.forward x", x_TD, tokens, width);
    arithmetic.require("rmsNorm.forward w", w_D, width);
    arithmetic.require("rmsNorm.forward y", y_TD, tokens, width);
    arithmetic.require("rmsNorm.forward r", r_T, tokens);
    double epsilon = arithmetic.round(eps);
    for (int t = 0; t < tokens; t++) {
      double[] x = arithmetic.row(x_TD, t);
      double mean = arithmetic.div(arithmetic.dot(x, 0, x, 0, width), width);
      double r = arithmetic.div(1, arithmetic.sqrt(arithmetic.add(mean, epsilon)));
      for (int i = 0; i < width; i++) {
        double y = arithmetic.mul(arithmetic.mul(x[i], r), arithmetic.load(w_D, i));
        arithmetic.store(y_TD, (long) t * width + i, y);
      }
      arithmetic.store(r_T, t, r);
    }
  }

  @Override
  public void backwardInput(
      Tensor x_TD, Tensor w_D, Tensor r_T, Tensor dy_TD, Tensor dx_TD, boolean add) {
    int tokens = x_TD.rows();
    int width = x_TD.columns();
    arithmetic.require("rmsNorm.backwardInput x", x_TD, tokens, width);
    arithmetic.require("rmsNorm.backwardInput w", w_D, width);
    arithmetic.require("rmsNorm.backwardInput r", r_T, tokens);
    arithmetic.require("rmsNorm.backwardInput dy", dy_TD, tokens, width);
    arithmetic.require("rmsNorm.backwardInput dx", dx_TD, tokens, width);
    for (int t = 0; t < tokens; t++) {
      double[] x = arithmetic.row(x_TD, t);
      double[] g = arithmetic.row(dy_TD, t);
      for (int i = 0; i < width; i++) {
        g[i] = arithmetic.mul(g[i], arithmetic.load(w_D, i));
      }
      double r = arithmetic.load(r_T, t);
      double s = arithmetic.dot(g, 0, x, 0, width);
      double c = arithmetic.div(arithmetic.mul(arithmetic.mul(s, r), r), width);
      for (int i = 0; i < width; i++) {
        long at = (long) t * width + i;
        double dx = arithmetic.mul(r, arithmetic.fma(-x[i], c, g[i]));
        arithmetic.store(dx_TD, at, add ? arithmetic.add(arithmetic.load(dx_TD, at), dx) : dx);
      }
    }
  }

  @Override
  public void backwardWeight(Tensor x_TD, Tensor r_T, Tensor dy_TD, Tensor dw_D) {
    int tokens = x_TD.rows();
    int width = x_TD.columns();
    arithmetic.require("rmsNorm.backwardWeight x", x_TD, tokens, width);
    arithmetic.require("rmsNorm.backwardWeight r", r_T, tokens);
    arithmetic.require("rmsNorm.backwardWeight dy", dy_TD, tokens, width);
    arithmetic.require("rmsNorm.backwardWeight dw", dw_D, width);
    double[] dw = new double[width];
    for (int t = 0; t < tokens; t++) {
      double[] x = arithmetic.row(x_TD, t);
      double[] dy = arithmetic.row(dy_TD, t);
      double r = arithmetic.load(r_T, t);
      for (int i = 0; i < width; i++) {
        dw[i] = arithmetic.fma(dy[i], arithmetic.mul(x[i], r), dw[i]);
      }
    }
    arithmetic.store(dw, 0, dw_D, 0, width);
  }
}
