package dev.hadal.bench;

import dev.hadal.kernels.Optimizer;
import dev.hadal.tensor.Tensor;
import java.util.List;

/**
 * Times what the optimiser does.
 *
 * @param inner computes
 * @param watch takes the times
 */
record ProfiledOptimizer(Optimizer inner, Stopwatch watch) implements Optimizer {
  @Override
  public void adamW(AdamW numbers, Tensor p, Tensor g, Tensor m, Tensor v) {
    watch.time("optimizer.adamW", () -> inner.adamW(numbers, p, g, m, v));
  }

  @Override
  public double norm(List<Tensor> gradients) {
    return watch.time("optimizer.norm", () -> inner.norm(gradients));
  }

  @Override
  public void average(Tensor p, double decay, Tensor ema) {
    watch.time("optimizer.average", () -> inner.average(p, decay, ema));
  }

  @Override
  public boolean accumulate(Tensor g, double quantum, int segments, Tensor sum) {
    return watch.time("optimizer.accumulate", () -> inner.accumulate(g, quantum, segments, sum));
  }

  @Override
  public void fromFixedPoint(Tensor sum, double quantum, double divisor, Tensor g) {
    watch.time("optimizer.fromFixedPoint", () -> inner.fromFixedPoint(sum, quantum, divisor, g));
  }

  @Override
  public boolean throughFixedPoint(Tensor g, double quantum, double divisor) {
    return watch.time(
        "optimizer.throughFixedPoint", () -> inner.throughFixedPoint(g, quantum, divisor));
  }

  @Override
  public void adamWAll(List<Update> updates, double emaDecay) {
    watch.time("optimizer.adamWAll", () -> inner.adamWAll(updates, emaDecay));
  }

  @Override
  public boolean begin(Tensor g, double quantum, int segments, Tensor sum) {
    return watch.time("optimizer.begin", () -> inner.begin(g, quantum, segments, sum));
  }

  @Override
  public void finish(
      Tensor sum, double quantum, double divisor, Tensor g, double[] squares, int firstBlock) {
    watch.time(
        "optimizer.finish", () -> inner.finish(sum, quantum, divisor, g, squares, firstBlock));
  }

  @Override
  public boolean finishOne(
      Tensor source, double quantum, double divisor, Tensor g, double[] squares, int firstBlock) {
    return watch.time(
        "optimizer.finishOne",
        () -> inner.finishOne(source, quantum, divisor, g, squares, firstBlock));
  }
}
