package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Whatever a configuration or an override says, it is read, and what is printed of it is read as
 * the same, or it is refused. A normal run replays the corpora among the test resources.
 */
class TrainConfigFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void yaml(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    try {
      requireSound(TrainConfig.parse("fuzz", text, List.of()));
    } catch (TrainException refused) {
      OneSentence.require(refused, "fuzz: ");
    }
  }

  @FuzzTest(maxDuration = "60s")
  void override(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    try {
      requireSound(TrainConfig.parse("fuzz", TinyRuns.YAML, List.of(text)));
    } catch (TrainException refused) {
      assertThat(refused.getMessage()).matches("(?s)(fuzz: |--set ).*");
      OneSentence.require(refused, "");
    }
  }

  private static void requireSound(TrainConfig config) {
    String printed = config.toYaml();
    TrainConfig again = TrainConfig.parse("again", printed, List.of());
    assertThat(again).isEqualTo(config);
    assertThat(again.toYaml()).isEqualTo(printed);
    assertThat(again.differenceFrom(config.toJson(), 0)).isEmpty();
    assertThat(config.model().parameterCounts().total()).isPositive();
  }
}
