package dev.hadal.numerics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ElementaryFunctionsTest {
  @Test
  void expIsWithinOneUnitOfTheExactValue() {
    double worst = 0;
    for (long bits = 0; bits <= 0xFFFF_FFFFL; bits += 991) {
      float x = Float.intBitsToFloat((int) bits);
      double exact = StrictMath.exp(x);
      if (Float.isNaN(x) || exact < Float.MIN_NORMAL || exact >= 0x1.fffffefp127) {
        continue;
      }
      double error = Math.abs(ElementaryFunctions.exp(x) - exact) / Math.ulp((float) exact);
      worst = Math.max(worst, error);
    }
    assertThat(worst).isBetween(0.5, 1.0);
  }

  @Test
  void expEndsWhereFloatsEnd() {
    assertThat(ElementaryFunctions.exp(0)).isEqualTo(1f);
    assertThat(ElementaryFunctions.exp(-0f)).isEqualTo(1f);
    assertThat(ElementaryFunctions.exp(Float.NEGATIVE_INFINITY)).isEqualTo(0f);
    assertThat(ElementaryFunctions.exp(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(ElementaryFunctions.exp(Float.NaN)).isNaN();
    float highest = ElementaryFunctions.EXP_HIGHEST;
    assertThat(ElementaryFunctions.exp(highest)).isFinite().isGreaterThan(3.402e38f);
    assertThat(ElementaryFunctions.exp(Math.nextUp(highest))).isEqualTo(Float.POSITIVE_INFINITY);
    float lowest = ElementaryFunctions.EXP_LOWEST;
    assertThat(ElementaryFunctions.exp(lowest))
        .isBetween(Float.MIN_NORMAL, 1.0001f * Float.MIN_NORMAL);
    assertThat(ElementaryFunctions.exp(Math.nextDown(lowest))).isEqualTo(0f);
  }

  @Test
  void expNeverFallsFromOneFloatToTheNext() {
    for (float start : new float[] {-87f, -1f, -0x1p-10f, 0x1p-10f, 0.34f, 1f, 88f}) {
      float x = start;
      for (int i = 0; i < 100_000; i++) {
        float next = Math.nextUp(x);
        assertThat(ElementaryFunctions.exp(next) >= ElementaryFunctions.exp(x)).isTrue();
        x = next;
      }
    }
  }

  @Test
  void sigmoidIsWithinTheStatedError() {
    double worst = 0;
    for (long bits = 0; bits <= 0xFFFF_FFFFL; bits += 991) {
      float x = Float.intBitsToFloat((int) bits);
      double exact = 1 / (1 + StrictMath.exp(-x));
      if (Float.isNaN(x) || x < -87) {
        continue;
      }
      double error = Math.abs(ElementaryFunctions.sigmoid(x) - exact) / Math.ulp((float) exact);
      worst = Math.max(worst, error);
    }
    assertThat(worst).isBetween(0.5, 2.5);
    assertThat(ElementaryFunctions.sigmoid(0)).isEqualTo(0.5f);
    assertThat(ElementaryFunctions.sigmoid(100)).isEqualTo(1f);
    assertThat(ElementaryFunctions.sigmoid(-100)).isEqualTo(0f);
    assertThat(ElementaryFunctions.sigmoid(Float.NaN)).isNaN();
  }
}
