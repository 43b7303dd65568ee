package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.model.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QuickstartTest {
  private static Quickstart quickstart(List<String> overrides) {
    return new Quickstart(
        1,
        Optional.of(Path.of("corpus")),
        Path.of("run"),
        Optional.empty(),
        ModelPreset.QUICKSTART,
        overrides);
  }

  @ParameterizedTest
  @EnumSource
  void takesThePreferredPrecision(Precision precision) {
    Quickstart quickstart = quickstart(List.of()).preferring(precision);
    assertThat(quickstart.config().training().precision()).isEqualTo(precision);
  }

  @Test
  void hasALengthInTimeAndNoHorizonYet() {
    TrainConfig config = quickstart(List.of()).config();
    assertThat(config.training().minutes()).isEqualTo(1);
    assertThat(config.training().hasHorizon()).isFalse();
    assertThatThrownBy(() -> quickstart(List.of("training.tokens=1000")).config())
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("training.minutes: expected either minutes or tokens, not both");
  }

  @ParameterizedTest
  @EnumSource
  void takesTheOneThatIsNamed(Precision precision) {
    Quickstart quickstart = quickstart(List.of("training.precision=bf16")).preferring(precision);
    assertThat(quickstart.config().training().precision()).isEqualTo(Precision.BF16);
  }
}
