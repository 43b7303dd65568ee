package dev.hadal.numerics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

final class WideFunctionsTest {
  private static final int STRIDE = 997;

  private interface Function {
    float of(float x);
  }

  /** Units in the last place of the worst result over floats all over the range. */
  private static double worst(Function function, DoubleUnaryOperator exact) {
    double worst = 0;
    for (long bits = 0; bits <= 0xFFFF_FFFFL; bits += STRIDE) {
      float x = Float.intBitsToFloat((int) bits);
      double expected = exact.applyAsDouble(x);
      float found = function.of(x);
      if (Double.isNaN(expected) || Double.isInfinite(expected)) {
        assertThat((double) found)
            .as("of %s", Float.toHexString(x))
            .isEqualTo(Double.valueOf(expected));
      } else {
        worst = Math.max(worst, Math.abs(found - expected) / Math.ulp((float) expected));
      }
    }
    return worst;
  }

  @Test
  void eachIsWithinTheStatedError() {
    assertThat(worst(WideFunctions::log, StrictMath::log)).isBetween(0.49, 0.501);
    assertThat(worst(WideFunctions::sin, StrictMath::sin)).isBetween(0.49, 0.501);
    assertThat(worst(WideFunctions::cos, StrictMath::cos)).isBetween(0.49, 0.501);
  }

  @Test
  void anglesUpToAMillionPositionsAreExactWhereReductionIsHardest() {
    for (int k = 1; k < 200_000; k++) {
      float x = (float) (k * Math.PI / 2);
      for (float near : new float[] {Math.nextDown(x), x, Math.nextUp(x)}) {
        double exact = StrictMath.sin(near);
        assertThat(Math.abs(WideFunctions.sin(near) - exact))
            .isLessThanOrEqualTo(0.501 * Math.ulp((float) exact));
      }
    }
  }

  @Test
  void zerosKeepTheirSignAndTheEndsAreThoseOfTheFunctions() {
    assertThat(Float.floatToRawIntBits(WideFunctions.sin(-0f))).isEqualTo(0x80000000);
    assertThat(WideFunctions.cos(0)).isEqualTo(1f);
    assertThat(WideFunctions.log(1)).isEqualTo(0f);
    assertThat(WideFunctions.log(0)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(WideFunctions.log(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(WideFunctions.log(-1)).isNaN();
    assertThat(WideFunctions.sin(Float.NEGATIVE_INFINITY)).isNaN();
    assertThat(WideFunctions.log(Float.MIN_VALUE))
        .isEqualTo((float) StrictMath.log(Float.MIN_VALUE));
  }
}
