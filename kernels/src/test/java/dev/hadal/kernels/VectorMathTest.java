package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.numerics.ElementaryFunctions;
import dev.hadal.numerics.WideFunctions;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

final class VectorMathTest {
  private static final int STRIDE = 997;

  @Test
  void expHasTheScalarsBitsAllOverTheFloats() {
    compare(VectorMath::exp, ElementaryFunctions::exp);
  }

  @Test
  void sigmoidHasTheScalarsBitsAllOverTheFloats() {
    compare(VectorMath::sigmoid, ElementaryFunctions::sigmoid);
  }

  @Test
  void logHasTheScalarsBitsAllOverTheFloats() {
    compare(WideVectorMath::log, WideFunctions::log);
  }

  @Test
  void sineHasTheScalarsBitsAllOverTheFloats() {
    compare(WideVectorMath::sin, WideFunctions::sin);
  }

  @Test
  void cosineHasTheScalarsBitsAllOverTheFloats() {
    compare(WideVectorMath::cos, WideFunctions::cos);
  }

  @Test
  void operandsHaveTheScalarsBitsAllOverTheFloats() {
    compare(VectorMath::toBFloat16, x -> (float) Arithmetic.FP32.operand(x, true));
  }

  private interface Scalar {
    float of(float x);
  }

  private static void compare(UnaryOperator<FloatVector> vector, Scalar scalar) {
    float[] x = new float[Simd.WIDTH];
    for (long bits = 0; bits <= 0xFFFF_FFFFL; bits += (long) STRIDE * x.length) {
      for (int lane = 0; lane < x.length; lane++) {
        x[lane] = Float.intBitsToFloat((int) (bits + (long) STRIDE * lane));
      }
      float[] y = vector.apply(FloatVector.fromArray(Simd.FLOATS, x, 0)).toArray();
      for (int lane = 0; lane < x.length; lane++) {
        float expected = scalar.of(x[lane]);
        if (Float.floatToIntBits(expected) != Float.floatToIntBits(y[lane])) {
          assertThat(y[lane]).as("of %s", Float.toHexString(x[lane])).isEqualTo(expected);
        }
      }
    }
  }
}
