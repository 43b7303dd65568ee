package dev.hadal.kernels;

import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.List;

/** {@link Optimizer}, an element at a time. */
record ReferenceOptimizer(Arithmetic arithmetic) implements Optimizer {
  private static final double LIMIT = 0x1p63;

  @Override
  public void adamW(AdamW numbers, Tensor p, Tensor g, Tensor m, Tensor v) {
    long[] extents = p.shape().extents();
    arithmetic.require("adamW p", p, extents);
    arithmetic.require("adamW g", g, extents);
    if (arithmetic == Arithmetic.FP64 || m.dtype() != DType.BF16) {
      m.requireType("adamW m", arithmetic.type());
    }
    v.requireType("adamW v", m.dtype());
    m.requireShape("adamW m", extents);
    v.requireShape("adamW v", extents);
    double step = numbers.step();
    double clip = arithmetic.round(numbers.clip());
    double keep = arithmetic.round(1 - numbers.learningRate() * numbers.weightDecay());
    double beta1 = arithmetic.round(numbers.beta1());
    double fresh1 = arithmetic.round(1 - numbers.beta1());
    double beta2 = arithmetic.round(numbers.beta2());
    double fresh2 = arithmetic.round(1 - numbers.beta2());
    double rate =
        arithmetic.round(numbers.learningRate() / (1 - StrictMath.pow(numbers.beta1(), step)));
    double root = arithmetic.round(Math.sqrt(1 - StrictMath.pow(numbers.beta2(), step)));
    double epsilon = arithmetic.round(numbers.epsilon());
    for (long i = 0; i < p.elements(); i++) {
      double gradient = arithmetic.mul(arithmetic.load(g, i), clip);
      double decayed = arithmetic.mul(arithmetic.load(p, i), keep);
      double first = arithmetic.fma(beta1, loadMoment(m, i), arithmetic.mul(fresh1, gradient));
      double square = arithmetic.mul(arithmetic.mul(fresh2, gradient), gradient);
      double second = arithmetic.fma(beta2, loadMoment(v, i), square);
      double spread = arithmetic.add(arithmetic.div(arithmetic.sqrt(second), root), epsilon);
      double change = arithmetic.mul(rate, arithmetic.div(first, spread));
      arithmetic.store(p, i, arithmetic.sub(decayed, change));
      storeMoment(m, i, first);
      storeMoment(v, i, second);
    }
  }

  private double loadMoment(Tensor moment, long i) {
    return moment.dtype() == DType.BF16
        ? BFloat16.decode(moment.data().get(Tensor.SHORT, 2 * i))
        : arithmetic.load(moment, i);
  }

  private void storeMoment(Tensor moment, long i, double value) {
    if (moment.dtype() == DType.BF16) {
      moment.data().set(Tensor.SHORT, 2 * i, BFloat16.encode((float) value));
    } else {
      arithmetic.store(moment, i, value);
    }
  }

  @Override
  public double norm(List<Tensor> gradients) {
    double sum = 0;
    for (Tensor gradient : gradients) {
      gradient.requireType("norm gradient", arithmetic.type());
      double[] squares = new double[Optimizer.normBlocks(gradient.elements())];
      squares(gradient, squares, 0);
      for (double block : squares) {
        sum += block;
      }
    }
    return Math.sqrt(sum);
  }

  private void squares(Tensor gradient, double[] squares, int firstBlock) {
    for (int b = 0; b < Optimizer.normBlocks(gradient.elements()); b++) {
      long from = (long) b * NORM_BLOCK;
      double[] block = new double[(int) Math.min(NORM_BLOCK, gradient.elements() - from)];
      arithmetic.load(gradient, from, block, 0, block.length);
      squares[firstBlock + b] = Arithmetic.FP64.dot(block, 0, block, 0, block.length);
    }
  }

  @Override
  public void adamWAll(List<Update> updates, double emaDecay) {
    for (Update update : updates) {
      adamW(update.numbers(), update.p(), update.g(), update.m(), update.v());
      Tensor ema = update.ema();
      if (ema != null) {
        average(update.p(), emaDecay, ema);
      }
    }
  }

  @Override
  public boolean begin(Tensor g, double quantum, int segments, Tensor sum) {
    sum.data().fill((byte) 0);
    return accumulate(g, quantum, segments, sum);
  }

  @Override
  public void finish(
      Tensor sum, double quantum, double divisor, Tensor g, double[] squares, int firstBlock) {
    fromFixedPoint(sum, quantum, divisor, g);
    squares(g, squares, firstBlock);
  }

  @Override
  public boolean finishOne(
      Tensor source, double quantum, double divisor, Tensor g, double[] squares, int firstBlock) {
    g.copyFrom(source);
    boolean good = throughFixedPoint(g, quantum, divisor);
    squares(g, squares, firstBlock);
    return good;
  }

  @Override
  public void average(Tensor p, double decay, Tensor ema) {
    long[] extents = p.shape().extents();
    arithmetic.require("average p", p, extents);
    arithmetic.require("average ema", ema, extents);
    double old = arithmetic.round(decay);
    double fresh = arithmetic.round(1 - decay);
    for (long i = 0; i < p.elements(); i++) {
      double part = arithmetic.mul(fresh, arithmetic.load(p, i));
      arithmetic.store(ema, i, arithmetic.fma(old, arithmetic.load(ema, i), part));
    }
  }

  @Override
  public boolean accumulate(Tensor g, double quantum, int segments, Tensor sum) {
    g.requireType("accumulate g", DType.F32);
    sum.requireType("accumulate sum", DType.I64);
    sum.requireShape("accumulate sum", g.shape().extents());
    requireQuantum(quantum);
    boolean good = true;
    for (long i = 0; i < g.elements(); i++) {
      double quanta = g.getFloat(i) / quantum;
      good &= Math.abs(quanta) < LIMIT / segments;
      sum.setLong(i, sum.getLong(i) + (long) Math.rint(quanta));
    }
    return good;
  }

  @Override
  public void fromFixedPoint(Tensor sum, double quantum, double divisor, Tensor g) {
    sum.requireType("fromFixedPoint sum", DType.I64);
    g.requireType("fromFixedPoint g", DType.F32);
    g.requireShape("fromFixedPoint g", sum.shape().extents());
    requireQuantum(quantum);
    for (long i = 0; i < g.elements(); i++) {
      g.setFloat(i, (float) ((double) sum.getLong(i) * quantum / divisor));
    }
  }

  @Override
  public boolean throughFixedPoint(Tensor g, double quantum, double divisor) {
    g.requireType("throughFixedPoint g", arithmetic.type());
    requireQuantum(quantum);
    boolean good = true;
    for (long i = 0; i < g.elements(); i++) {
      double value = arithmetic.load(g, i);
      if (arithmetic == Arithmetic.FP64) {
        good &= Double.isFinite(value);
      } else {
        double quanta = value / quantum;
        good &= Math.abs(quanta) < LIMIT;
        value = (double) (long) Math.rint(quanta) * quantum;
      }
      arithmetic.store(g, i, value / divisor);
    }
    return good;
  }

  private static void requireQuantum(double quantum) {
    int exponent = Math.getExponent(quantum);
    if (exponent < -512 || Math.scalb(1.0, exponent) != quantum) {
      throw new IllegalArgumentException(
          "fixed point: expected a power of two of at least 2^-512, got " + quantum);
    }
  }
}
