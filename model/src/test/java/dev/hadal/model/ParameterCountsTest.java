package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ParameterCountsTest {
  @Test
  void countsV3() {
    ParameterCounts counts = Configs.parse(Configs.V3).parameterCounts();
    assertThat(counts.total()).isEqualTo(671_026_419_200L);
    assertThat(counts.attention()).isEqualTo(61 * 187_107_328L);
    assertThat(counts.dense()).isEqualTo(3 * 396_361_728L);
    assertThat(counts.experts() + counts.shared() + counts.gates()).isEqualTo(58 * 11_320_164_608L);
    assertThat(counts.gates()).isEqualTo(58 * (1_835_008L + 256));
    assertThat(counts.embedding()).isEqualTo(926_679_040L);
    assertThat(counts.mtp()).isEqualTo(11_610_068_224L);
    assertThat(Math.round(counts.active() / 1e7)).isEqualTo(3755);
  }

  @Test
  void countsItsSiblings() {
    ParameterCounts lite = Configs.parse(Configs.V2_LITE).parameterCounts();
    assertThat(lite.total()).isEqualTo(15_706_484_224L);
    ParameterCounts moonlight = Configs.parse(Configs.MOONLIGHT).parameterCounts();
    assertThat(moonlight.total()).isEqualTo(15_960_110_208L);
    assertThat(moonlight.active() - moonlight.embedding() - moonlight.head())
        .isEqualTo(2_243_685_888L);
    ParameterCounts kimi = Configs.parse(Configs.KIMI_K2).parameterCounts();
    assertThat(Math.round(kimi.total() / 1e8)).isEqualTo(10264);
    assertThat(Math.round(kimi.active() / 1e7)).isEqualTo(3286);
  }
}
