package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/** {@link CrossEntropy}, a row at a time. */
record ReferenceCrossEntropy(Arithmetic arithmetic) implements CrossEntropy {
  @Override
  public void forwardBackward(Tensor logits_TV, int[] targets_T, double factor, Tensor loss_T) {
    requireOperands(logits_TV, targets_T, loss_T);
    int vocabulary = logits_TV.columns();
    double rounded = arithmetic.round(factor);
    for (int t = 0; t < targets_T.length; t++) {
      double[] g = new double[vocabulary];
      if (targets_T[t] < 0) {
        arithmetic.store(loss_T, t, 0);
      } else {
        Softmax softmax = softmax(logits_TV, t);
        arithmetic.store(loss_T, t, loss(softmax, logits_TV, t, targets_T[t]));
        double inverse = arithmetic.div(1, softmax.sum);
        for (int v = 0; v < vocabulary; v++) {
          g[v] = arithmetic.mul(arithmetic.mul(softmax.exponentials[v], inverse), rounded);
        }
        g[targets_T[t]] = arithmetic.sub(g[targets_T[t]], rounded);
      }
      arithmetic.store(g, 0, logits_TV, (long) t * vocabulary, vocabulary);
    }
  }

  @Override
  public void forward(Tensor logits_TV, int[] targets_T, Tensor loss_T) {
    requireOperands(logits_TV, targets_T, loss_T);
    for (int t = 0; t < targets_T.length; t++) {
      double loss = targets_T[t] < 0 ? 0 : loss(softmax(logits_TV, t), logits_TV, t, targets_T[t]);
      arithmetic.store(loss_T, t, loss);
    }
  }

  /** exp(x - maximum), and their sum. */
  private record Softmax(double maximum, double[] exponentials, double sum) {}

  private Softmax softmax(Tensor logits_TV, int t) {
    double[] x = arithmetic.row(logits_TV, t);
    double maximum = Double.NEGATIVE_INFINITY;
    for (double value : x) {
      maximum = Math.max(maximum, value);
    }
    for (int v = 0; v < x.length; v++) {
      x[v] = arithmetic.exp(arithmetic.sub(x[v], maximum));
    }
    return new Softmax(maximum, x, arithmetic.sum(x, 0, x.length));
  }

  private double loss(Softmax softmax, Tensor logits_TV, int t, int target) {
    double logSum = arithmetic.add(softmax.maximum, arithmetic.log(softmax.sum));
    double logit = arithmetic.load(logits_TV, (long) t * logits_TV.columns() + target);
    return arithmetic.sub(logSum, logit);
  }

  private void requireOperands(Tensor logits_TV, int[] targets_T, Tensor loss_T) {
    arithmetic.require("crossEntropy logits", logits_TV, targets_T.length, logits_TV.columns());
    arithmetic.require("crossEntropy loss", loss_T, targets_T.length);
    for (int target : targets_T) {
      if (target < -1 || target >= logits_TV.columns()) {
        throw new IllegalArgumentException(
            "crossEntropy: expected targets below %d, got %d"
                .formatted(logits_TV.columns(), target));
      }
    }
  }
}
