package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.broadcast;
import static dev.hadal.numerics.ElementaryFunctions.EXP_HIGHEST;
import static dev.hadal.numerics.ElementaryFunctions.EXP_LN2_HIGH;
import static dev.hadal.numerics.ElementaryFunctions.EXP_LN2_LOW;
import static dev.hadal.numerics.ElementaryFunctions.EXP_LOG2E;
import static dev.hadal.numerics.ElementaryFunctions.EXP_LOWEST;
import static dev.hadal.numerics.ElementaryFunctions.EXP_MAGIC;
import static dev.hadal.numerics.ElementaryFunctions.EXP_Q0;
import static dev.hadal.numerics.ElementaryFunctions.EXP_Q1;
import static dev.hadal.numerics.ElementaryFunctions.EXP_Q2;
import static dev.hadal.numerics.ElementaryFunctions.EXP_Q3;
import static dev.hadal.numerics.ElementaryFunctions.EXP_Q4;

import dev.hadal.numerics.ElementaryFunctions;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The vector twin of {@link ElementaryFunctions}: the same operations, hence the same bits. */
final class VectorMath {
  private static final float SMALLEST_OPERAND = 0x1p-50f;

  private VectorMath() {}

  /** {@link ElementaryFunctions#exp} of each lane. */
  static FloatVector exp(FloatVector x) {
    FloatVector shifted = x.fma(broadcast(EXP_LOG2E), broadcast(EXP_MAGIC));
    FloatVector n = shifted.sub(EXP_MAGIC);
    FloatVector high = n.fma(broadcast(-EXP_LN2_HIGH), x);
    FloatVector r = n.fma(broadcast(-EXP_LN2_LOW), high);
    FloatVector q = r.fma(broadcast(EXP_Q4), broadcast(EXP_Q3));
    q = q.fma(r, broadcast(EXP_Q2));
    q = q.fma(r, broadcast(EXP_Q1));
    q = q.fma(r, broadcast(EXP_Q0));
    FloatVector mantissa = q.fma(r.mul(r), r).add(1f);
    IntVector scale = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    FloatVector scaled = mantissa.reinterpretAsInts().add(scale).reinterpretAsFloats();
    return x.add(Float.POSITIVE_INFINITY)
        .blend(scaled, x.compare(VectorOperators.LE, EXP_HIGHEST))
        .blend(0f, x.compare(VectorOperators.LT, EXP_LOWEST));
  }

  /** {@link ElementaryFunctions#sigmoid} of each lane. */
  static FloatVector sigmoid(FloatVector x) {
    return broadcast(1).div(exp(x.neg()).add(1f));
  }

  /** Each lane as an operand of a BF16 product; see {@link Quantizer#toBFloat16}. */
  static FloatVector toBFloat16(FloatVector x) {
    FloatVector rounded = BFloat16Rows.round(x);
    IntVector sign = rounded.reinterpretAsInts().and(0x80000000);
    return rounded.blend(
        sign.reinterpretAsFloats(), rounded.abs().compare(VectorOperators.LT, SMALLEST_OPERAND));
  }
}
