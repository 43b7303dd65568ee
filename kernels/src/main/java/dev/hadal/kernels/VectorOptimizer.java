package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.Arrays;
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
    require(p, g, m, v);
    Spans.split(
        team,
        p.elements(),
        () -> {
          AdamWSpan span = new AdamWSpan(numbers, m.dtype() == DType.BF16);
          return (from, to) -> span.update(p.data(), g.data(), m.data(), v.data(), from, to);
        });
  }

  private static void require(Tensor p, Tensor g, Tensor m, Tensor v) {
    long[] extents = p.shape().extents();
    Sizes.require("adamW p", p, extents);
    Sizes.require("adamW g", g, extents);
    if (m.dtype() != DType.F32) {
      m.requireType("adamW m", DType.BF16);
    }
    v.requireType("adamW v", m.dtype());
    m.requireShape("adamW m", extents);
    v.requireShape("adamW v", extents);
  }

  @Override
  public void adamWAll(List<Update> updates, double emaDecay) {
    int[] firstSpans = new int[updates.size() + 1];
    for (int i = 0; i < updates.size(); i++) {
      Update update = updates.get(i);
      require(update.p(), update.g(), update.m(), update.v());
      if (update.ema() != null) {
        Sizes.require("average ema", update.ema(), update.p().shape().extents());
      }
      long elements = update.p().elements();
      firstSpans[i + 1] =
          Math.addExact(firstSpans[i], Math.toIntExact((elements + Spans.SPAN - 1) / Spans.SPAN));
    }
    team.split(
        firstSpans[updates.size()],
        1,
        (first, last) -> updateSpans(updates, firstSpans, emaDecay, first, last));
  }

  /** Spans [first, last) of all tensors, counted through. */
  private static void updateSpans(
      List<Update> updates, int[] firstSpans, double emaDecay, int first, int last) {
    float old = (float) emaDecay;
    float fresh = (float) (1 - emaDecay);
    int found = Arrays.binarySearch(firstSpans, first);
    int tensor = found < 0 ? -found - 2 : found;
    for (int span = first; span < last; tensor++) {
      Update update = updates.get(tensor);
      int end = Math.min(last, firstSpans[tensor + 1]);
      if (span < end) {
        AdamWSpan numbers = new AdamWSpan(update.numbers(), update.m().dtype() == DType.BF16);
        long from = (long) (span - firstSpans[tensor]) * Spans.SPAN;
        long to = (long) (end - firstSpans[tensor]) * Spans.SPAN;
        numbers.update(update, old, fresh, from, Math.min(to, update.p().elements()));
        span = end;
      }
    }
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
    Sizes.require("average p", p, extents);
    Sizes.require("average ema", ema, extents);
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
    Quantum unit = Quantum.of(quantum);
    FixedPoint fixed = new FixedPoint(unit);
    float limit = unit.limit(segments);
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
    FixedPoint fixed = new FixedPoint(Quantum.of(quantum));
    Spans.split(
        team, g.elements(), (from, to) -> fixed.toFloats(sum.data(), divisor, g.data(), from, to));
  }

  @Override
  public boolean throughFixedPoint(Tensor g, double quantum, double divisor) {
    g.requireType("throughFixedPoint g", DType.F32);
    Quantum unit = Quantum.of(quantum);
    FixedPoint fixed = new FixedPoint(unit);
    float limit = unit.limit(1);
    AtomicBoolean good = new AtomicBoolean(true);
    Spans.split(
        team,
        g.elements(),
        (from, to) -> {
          if (FixedPoint.largest(g.data(), from, to) < limit) {
            fixed.through(g.data(), divisor, g.data(), from, to);
          } else {
            good.set(false);
          }
        });
    return good.get();
  }

  @Override
  public boolean begin(Tensor g, double quantum, int segments, Tensor sum) {
    g.requireType("begin g", DType.F32);
    sum.requireType("begin sum", DType.I64);
    sum.requireShape("begin sum", g.shape().extents());
    Quantum unit = Quantum.of(quantum);
    FixedPoint fixed = new FixedPoint(unit);
    float limit = unit.limit(segments);
    AtomicBoolean good = new AtomicBoolean(true);
    Spans.split(
        team,
        g.elements(),
        (from, to) -> {
          float largest = FixedPoint.largest(g.data(), from, to);
          if (largest < limit) {
            fixed.begin(g.data(), sum.data(), largest, from, to);
          } else {
            good.set(false);
          }
        });
    return good.get();
  }

  @Override
  public void finish(
      Tensor sum, double quantum, double divisor, Tensor g, double[] squares, int firstBlock) {
    sum.requireType("finish sum", DType.I64);
    g.requireType("finish g", DType.F32);
    g.requireShape("finish g", sum.shape().extents());
    FixedPoint fixed = new FixedPoint(Quantum.of(quantum));
    Spans.split(
        team,
        g.elements(),
        (from, to) -> {
          fixed.toFloats(sum.data(), divisor, g.data(), from, to);
          squares[firstBlock + (int) (from / Spans.SPAN)] = FixedPoint.squares(g.data(), from, to);
        });
  }

  @Override
  public boolean finishOne(
      Tensor source, double quantum, double divisor, Tensor g, double[] squares, int firstBlock) {
    source.requireType("finishOne source", DType.F32);
    g.requireType("finishOne g", DType.F32);
    g.requireShape("finishOne g", source.shape().extents());
    Quantum unit = Quantum.of(quantum);
    FixedPoint fixed = new FixedPoint(unit);
    float limit = unit.limit(1);
    AtomicBoolean good = new AtomicBoolean(true);
    Spans.split(
        team,
        g.elements(),
        (from, to) -> {
          if (FixedPoint.largest(source.data(), from, to) < limit) {
            fixed.through(source.data(), divisor, g.data(), from, to);
            squares[firstBlock + (int) (from / Spans.SPAN)] =
                FixedPoint.squares(g.data(), from, to);
          } else {
            good.set(false);
          }
        });
    return good.get();
  }
}
