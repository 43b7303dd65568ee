package dev.hadal.train;

import java.util.ArrayList;
import java.util.List;

/** The vertical axis of a chart: a range with round ends, linear or logarithmic. */
record ChartScale(double least, double most, boolean logarithmic, List<Double> ticks) {
  ChartScale {
    ticks = List.copyOf(ticks);
  }

  /** An axis that shows the range; logarithmic only where asked for and where it helps. */
  static ChartScale of(double least, double most, boolean mayBeLogarithmic) {
    if (mayBeLogarithmic && least > 1e-30 && most / least > 2.5) {
      return logarithmic(least, most);
    }
    double span = most - least;
    if (!(span > Math.abs(most) * 1e-9)) {
      span = most == 0 ? 1 : Math.abs(most) * 0.2;
      least -= span / 2;
      most += span / 2;
    }
    double step = roundStep(span / 4);
    long first = (long) Math.floor(least / step + 1e-9);
    long last = (long) Math.ceil(most / step - 1e-9);
    List<Double> ticks = new ArrayList<>();
    for (long tick = first; tick <= last; tick++) {
      ticks.add(tick * step);
    }
    return new ChartScale(first * step, last * step, false, ticks);
  }

  private static ChartScale logarithmic(double least, double most) {
    double low = least / 1.04;
    double high = most * 1.04;
    double decades = StrictMath.log10(high / low);
    double[] digits =
        decades > 3
            ? new double[] {1}
            : decades > 0.9 ? new double[] {1, 2, 5} : new double[] {1, 1.5, 2, 3, 4, 5, 6, 8};
    List<Double> ticks = new ArrayList<>();
    for (int power = exponent(low); power <= exponent(high); power += decades > 8 ? 10 : 1) {
      for (double digit : digits) {
        double tick = digit * StrictMath.pow(10, power);
        if (tick >= low && tick <= high) {
          ticks.add(tick);
        }
      }
    }
    return new ChartScale(low, high, true, ticks);
  }

  private static int exponent(double value) {
    return (int) Math.floor(StrictMath.log10(value));
  }

  private static double roundStep(double rough) {
    double power = StrictMath.pow(10, exponent(rough));
    double digit = rough / power;
    return power * (digit <= 1.01 ? 1 : digit <= 2.01 ? 2 : digit <= 5.01 ? 5 : 10);
  }

  /** Height of a value: 0 at the bottom, 1 at the top. */
  double height(double value) {
    double share =
        logarithmic
            ? StrictMath.log(value / least) / StrictMath.log(most / least)
            : (value - least) / (most - least);
    return Math.clamp(share, 0, 1);
  }
}
