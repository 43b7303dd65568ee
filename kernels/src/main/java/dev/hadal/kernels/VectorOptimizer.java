package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@link Optimizer} with lanes along elements; one pass over memory each. */
final class VectorOptimizer implements Optimizer {
  private final ThreadTeam team;

  VectorOptimizer(ThreadTeam team) {
    this.team = team;
  }

  @Override
  public void adamW(AdamW numbers, Tensor p, Tensor g, Tensor m, Tensor v) {
    long[] extents = p.shape().extents();
    Simd.require("adamW p", p, extents);
    Simd.require("adamW g", g, extents);
    if (m.dtype() != DType.F32) {
      m.requireType("adamW m", DType.BF16);
    }
    v.requireType("adamW v", m.dtype());
    m.requireShape("adamW m", extents);
    v.requireShape("adamW v", extents);
    Spans.split(
        team,
        p.elements(),
        () -> {
          AdamWSpan span = new AdamWSpan(numbers, m.dtype() == DType.BF16);
          return (from, to) -> span.update(p.data(), g.data(), m.data(), v.data(), from, to);
        });
  }

  @Override
  public double norm(List<Tensor> gradients) {
    double sum = 0;
    for (Tensor gradient : gradients) {
      gradient.requireType("norm gradient", DType.F32);
      long elements = gradient.elements();
      double[] blocks = new double[Math.toIntExact((elements + Spans.SPAN - 1) / Spans.SPAN)];
      Spans.split(
          team,
          elements,
          (from, to) ->
              blocks[(int) (from / Spans.SPAN)] = FixedPoint.squares(gradient.data(), from, to));
      for (double block : blocks) {
        sum += block;
      }
    }
    return Math.sqrt(sum);
  }

  @Override
  public void average(Tensor p, double decay, Tensor ema) {
    long[] extents = p.shape().extents();
    Simd.require("average p", p, extents);
    Simd.require("average ema", ema, extents);
    float old = (float) decay;
    float fresh = (float) (1 - decay);
    Spans.split(
        team,
        p.elements(),
        (from, to) -> AdamWSpan.average(p.data(), ema.data(), old, fresh, from, to));
  }

  @Override
  public boolean accumulate(Tensor g, double quantum, int segments, Tensor sum) {
    g.requireType("accumulate g", DType.F32);
    sum.requireType("accumulate sum", DType.I64);
    sum.requireShape("accumulate sum", g.shape().extents());
    FixedPoint fixed = new FixedPoint(quantum);
    float limit = fixed.limit(segments);
    AtomicBoolean good = new AtomicBoolean(true);
    Spans.split(
        team,
        g.elements(),
        (from, to) -> {
          float largest = FixedPoint.largest(g.data(), from, to);
          if (largest < limit) {
            fixed.accumulate(g.data(), sum.data(), largest, from, to);
          } else {
            good.set(false);
          }
        });
    return good.get();
  }

  @Override
  public void fromFixedPoint(Tensor sum, double quantum, double divisor, Tensor g) {
    sum.requireType("fromFixedPoint sum", DType.I64);
    g.requireType("fromFixedPoint g", DType.F32);
    g.requireShape("fromFixedPoint g", sum.shape().extents());
    FixedPoint fixed = new FixedPoint(quantum);
    Spans.split(
        team, g.elements(), (from, to) -> fixed.toFloats(sum.data(), divisor, g.data(), from, to));
  }

  @Override
  public boolean throughFixedPoint(Tensor g, double quantum, double divisor) {
    g.requireType("throughFixedPoint g", DType.F32);
    FixedPoint fixed = new FixedPoint(quantum);
    float limit = fixed.limit(1);
    AtomicBoolean good = new AtomicBoolean(true);
    Spans.split(
        team,
        g.elements(),
        (from, to) -> {
          if (FixedPoint.largest(g.data(), from, to) < limit) {
            fixed.through(g.data(), divisor, from, to);
          } else {
            good.set(false);
          }
        });
    return good.get();
  }
}
