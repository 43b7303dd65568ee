package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrecisionStudyTest {
  private static LossCurve curve(double... losses) {
    return new LossCurve(Precision.FP32, 1, losses, 1, "", 0);
  }

  @Test
  void curvesAreSmoothedFromTheirFirstValueOn() {
    assertThat(curve(4, 3, 5).smoothed())
        .containsExactly(new double[] {4, 3.9, 4.01}, within(1e-12));
    assertThat(curve(4.4, 3.3, 5.5).relativeTo(curve(4, 3, 5)))
        .containsExactly(new double[] {0.1, 0.1, 0.1}, within(1e-12));
  }

  @Test
  void allPrecisionsSeeTheSameSequencesAndRunsRepeat(@TempDir Path folder) throws IOException {
    Path corpus = DataFixtures.zip(folder.resolve("corpus.zip"), DataFixtures.programs(40, 60, 5));
    PrecisionStudy study =
        new PrecisionStudy(Optional.of(corpus), folder.resolve("data"), 3, List.of(1L, 2L));
    assertThat(study.config(Precision.BF16).training().tokens()).isEqualTo(3 * 8 * 256);
    assertThat(study.firstSteadyStep()).isEqualTo(2);
    List<String> messages = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void message(String sentence) {
            messages.add(sentence);
          }
        };
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {})) {
      List<LossCurve> curves = study.run(kernels, listener);
      assertThat(curves).hasSize(6);
      assertThat(curves.stream().map(LossCurve::seed)).containsExactly(1L, 1L, 1L, 2L, 2L, 2L);
      assertThat(curves.stream().map(LossCurve::precision).limit(3))
          .containsExactly(Precision.values());
      for (LossCurve curve : curves.subList(1, 3)) {
        for (double difference : curve.relativeTo(curves.getFirst())) {
          assertThat(Math.abs(difference)).isLessThan(0.01);
        }
      }
      assertThat(curves.stream().map(LossCurve::stateHash)).doesNotHaveDuplicates();
      PrecisionStudy second =
          new PrecisionStudy(Optional.of(corpus), folder.resolve("data"), 3, List.of(2L));
      assertThat(second.run(kernels, TrainingListener.NONE).stream().map(LossCurve::stateHash))
          .isEqualTo(curves.stream().skip(3).map(LossCurve::stateHash).toList());
      Path page = PrecisionReport.write(folder.resolve("report"), curves, "what was run");
      assertThat(Files.readString(page))
          .contains("<h3>Loss, seed 1</h3>", "Difference from fp32, seed 2", "fp8")
          .doesNotContain("NaN");
    }
    assertThat(messages).isNotEmpty();
  }
}
