package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;

import dev.hadal.numerics.WideFunctions;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector twin of {@link WideFunctions}: the same operations on binary64 lanes, half of the
 * floats at a time, hence the same bits. The few lanes that the scalar treats apart are computed by
 * it.
 */
final class WideVectorMath {
  private static final VectorSpecies<Double> DOUBLES = FLOATS.withLanes(double.class);
  private static final double[] ARTANH = WideFunctions.artanhSeries();
  private static final double[] SINE = WideFunctions.sineSeries();
  private static final double[] COSINE = WideFunctions.cosineSeries();
  private static final long MAGIC_BITS = Double.doubleToRawLongBits(WideFunctions.MAGIC);

  private WideVectorMath() {}

  private interface Scalar {
    float of(float x);
  }

  private interface Wide {
    DoubleVector of(DoubleVector x);
  }

  /** {@link WideFunctions#log} of each lane. */
  static FloatVector log(FloatVector x) {
    VectorMask<Float> ordinary =
        x.compare(VectorOperators.GT, 0f)
            .and(x.compare(VectorOperators.LT, Float.POSITIVE_INFINITY));
    return apply(x, ordinary, WideVectorMath::logOfPositive, WideFunctions::log);
  }

  /** {@link WideFunctions#sin} of each lane. */
  static FloatVector sin(FloatVector x) {
    return apply(x, reducible(x), angle -> turned(angle, 0), WideFunctions::sin);
  }

  /** {@link WideFunctions#cos} of each lane. */
  static FloatVector cos(FloatVector x) {
    return apply(x, reducible(x), angle -> turned(angle, 1), WideFunctions::cos);
  }

  private static VectorMask<Float> reducible(FloatVector x) {
    return x.abs().compare(VectorOperators.LE, WideFunctions.REDUCIBLE);
  }

  private static FloatVector apply(
      FloatVector x, VectorMask<Float> ordinary, Wide function, Scalar scalar) {
    FloatVector safe = x.blend(1f, ordinary.not());
    FloatVector low = half(safe, 0, function);
    FloatVector high = half(safe, 1, function);
    FloatVector result = low.add(high);
    // Adding +0 would lose the sign of a zero.
    result = result.blend(x, x.compare(VectorOperators.EQ, 0f).and(result.eq(0f)));
    if (ordinary.allTrue()) {
      return result;
    }
    for (int lane = 0; lane < x.length(); lane++) {
      if (!ordinary.laneIsSet(lane)) {
        result = result.withLane(lane, scalar.of(x.lane(lane)));
      }
    }
    return result;
  }

  /** Half of the lanes, in their places; zeros in the others. */
  private static FloatVector half(FloatVector x, int part, Wide function) {
    DoubleVector wide = (DoubleVector) x.convertShape(VectorOperators.F2D, DOUBLES, part);
    return (FloatVector) function.of(wide).convertShape(VectorOperators.D2F, FLOATS, -part);
  }

  private static DoubleVector polynomial(double[] series, DoubleVector x) {
    DoubleVector sum = DoubleVector.broadcast(DOUBLES, series[0]);
    for (int i = 1; i < series.length; i++) {
      sum = sum.fma(x, DoubleVector.broadcast(DOUBLES, series[i]));
    }
    return sum;
  }

  private static DoubleVector logOfPositive(DoubleVector x) {
    LongVector bits = x.reinterpretAsLongs();
    LongVector n = bits.sub(WideFunctions.ROOT_HALF_BITS).lanewise(VectorOperators.ASHR, 52);
    DoubleVector m = bits.sub(n.lanewise(VectorOperators.LSHL, 52)).reinterpretAsDoubles();
    DoubleVector s = m.sub(1).div(m.add(1));
    DoubleVector exponent = n.add(MAGIC_BITS).reinterpretAsDoubles().sub(WideFunctions.MAGIC);
    DoubleVector mantissa = s.mul(2).mul(polynomial(ARTANH, s.mul(s)));
    return exponent.fma(DoubleVector.broadcast(DOUBLES, WideFunctions.LN2), mantissa);
  }

  private static DoubleVector turned(DoubleVector x, int quarters) {
    DoubleVector shifted =
        x.fma(
            DoubleVector.broadcast(DOUBLES, WideFunctions.TWO_OVER_PI),
            DoubleVector.broadcast(DOUBLES, WideFunctions.MAGIC));
    DoubleVector back = shifted.sub(WideFunctions.MAGIC).neg();
    DoubleVector r = back.fma(DoubleVector.broadcast(DOUBLES, WideFunctions.HALF_PI_HIGH), x);
    r = back.fma(DoubleVector.broadcast(DOUBLES, WideFunctions.HALF_PI_LOW), r);
    LongVector quadrant = shifted.reinterpretAsLongs().add(quarters);
    DoubleVector z = r.mul(r);
    VectorMask<Double> odd = quadrant.and(1).eq(1).cast(DOUBLES);
    VectorMask<Double> negative = quadrant.and(2).eq(2).cast(DOUBLES);
    DoubleVector value = r.mul(polynomial(SINE, z)).blend(polynomial(COSINE, z), odd);
    return value.blend(value.neg(), negative);
  }
}
