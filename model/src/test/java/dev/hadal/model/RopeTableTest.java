package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.tensor.DType;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class RopeTableTest {
  @Test
  void softmaxScaleHoldsTheSquaredTemperature() {
    assertThat(RopeTable.softmaxScale(Configs.parse(Configs.V3)))
        .isCloseTo(0.1352337789, within(1e-10));
    assertThat(RopeTable.softmaxScale(Configs.parse(Configs.V2_LITE)))
        .isCloseTo(1.5896261652 / Math.sqrt(192), within(1e-10));
    assertThat(RopeTable.softmaxScale(Configs.parse(Configs.MOONLIGHT)))
        .isCloseTo(0.0721687836, within(1e-10));
  }

  @Test
  void rampRunsFromTheTenthToTheTwentyThirdFrequency() {
    double[] theta = RopeTable.frequencies(Configs.parse(Configs.V3));
    for (int i = 0; i < 32; i++) {
      double plain = Math.pow(10000, -2.0 * i / 64);
      if (i <= 10) {
        assertThat(theta[i]).isEqualTo(plain, within(1e-15));
      } else if (i >= 23) {
        assertThat(theta[i]).isEqualTo(plain / 40, within(1e-15));
      } else {
        assertThat(theta[i]).isStrictlyBetween(plain / 40, plain);
      }
    }
  }

  @Test
  void tablesHoldUnitVectorsInBothTypes() {
    ModelConfig config = Configs.parse(Configs.KIMI_K2);
    try (Arena arena = Arena.ofConfined()) {
      RopeTable doubles = RopeTable.of(config, 40, DType.F64, arena);
      RopeTable floats = RopeTable.of(config, 40, DType.F32, arena);
      for (int i = 0; i < 40 * 32; i++) {
        double cos = doubles.cos().getDouble(i);
        double sin = doubles.sin().getDouble(i);
        assertThat(cos * cos + sin * sin).isCloseTo(1, within(1e-14));
        assertThat(floats.cos().getFloat(i)).isEqualTo((float) cos);
        assertThat(floats.sin().getFloat(i)).isEqualTo((float) sin);
      }
    }
  }
}
