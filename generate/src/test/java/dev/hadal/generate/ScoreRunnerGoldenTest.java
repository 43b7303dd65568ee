package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.SafetensorsFile;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreRunnerGoldenTest {
  private static final double TOLERANCE = 2e-5;

  @TempDir private Path folder = Path.of("");

  private static double value(Tensor tensor, long index) {
    return switch (tensor.dtype()) {
      case F64 -> tensor.getDouble(index);
      case F32 -> tensor.getFloat(index);
      default -> tensor.getLong(index);
    };
  }

  /** The golden file may hold the last rows only. */
  private static void check(Tensor found, Tensor expected, String name) {
    assertThat(found.columns()).as(name).isEqualTo(expected.columns());
    long skip = found.elements() - expected.elements();
    double largest = 0;
    for (long i = 0; i < expected.elements(); i++) {
      largest = Math.max(largest, Math.abs(value(expected, i)));
    }
    for (long i = 0; i < expected.elements(); i++) {
      double difference = Math.abs(value(found, skip + i) - value(expected, i));
      assertThat(difference).as(name).isLessThanOrEqualTo(TOLERANCE * largest);
    }
  }

  @Test
  void everythingThatTheGoldenFileHoldsIsWritten() {
    Path scored = folder.resolve("scored.safetensors");
    try (Kernels kernels = TestModel.kernels();
        SafetensorsFile golden =
            SafetensorsFile.open(TestModel.golden().resolve("golden.safetensors"));
        ModelFolder model = ModelFolder.open(TestModel.golden(), kernels, InferenceMode.EXACT)) {
      List<int[]> prompts = new ArrayList<>();
      for (int i = 0; golden.contains("input_ids." + i); i++) {
        Tensor ids = golden.tensor("input_ids." + i);
        int[] prompt = new int[ids.rows()];
        for (int t = 0; t < prompt.length; t++) {
          prompt[t] = Math.toIntExact(ids.getLong(t));
        }
        prompts.add(prompt);
      }
      List<Scorer.Score> scores =
          ScoreRunner.run(
              model.model(), prompts, EnumSet.allOf(ScoreRunner.Part.class), 1L << 20, scored);
      assertThat(scores).hasSameSizeAs(prompts);
      assertThat(scores.getFirst().tokens()).isZero();
      assertThat(scores.get(1)).isEqualTo(new Scorer(model.model()).score(prompts.get(1)));
      try (SafetensorsFile found = SafetensorsFile.open(scored)) {
        Set<String> expected = new TreeSet<>();
        for (String name : golden.names()) {
          if (name.matches("(hidden|router|logits|mtp_logits)\\..*")) {
            check(found.tensor(name), golden.tensor(name), name);
            expected.add(name);
          }
        }
        assertThat(expected).hasSizeGreaterThan(3 * 4);
        assertThat(found.names()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(found.tensor("logits.0").dtype()).isEqualTo(DType.F32);
        assertThat(found.metadata()).containsEntry("mode", "exact");
      }
      ScoreRunner.run(model.model(), prompts.subList(0, 1), Set.of(), 1L << 20, scored);
      try (SafetensorsFile found = SafetensorsFile.open(scored)) {
        assertThat(found.names()).containsExactly("logits.0");
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefusedAndNothingIsWritten() {
    Path scored = folder.resolve("refused.safetensors");
    try (Kernels kernels = TestModel.kernels();
        ModelFolder model = ModelFolder.open(TestModel.golden(), kernels, InferenceMode.EXACT)) {
      int vocabulary = model.model().config().vocabSize();
      assertThatThrownBy(
              () ->
                  ScoreRunner.run(model.model(), List.of(new int[] {1, 2}), Set.of(), 100, scored))
          .isInstanceOf(GenerateException.class)
          .hasMessageContaining("give fewer tokens");
      assertThatThrownBy(
              () ->
                  ScoreRunner.run(
                      model.model(),
                      List.of(new int[] {1}, new int[] {3, vocabulary}),
                      Set.of(),
                      1L << 20,
                      scored))
          .isInstanceOf(GenerateException.class)
          .hasMessageContaining("prompt 1, position 1")
          .hasMessageContaining("found " + vocabulary);
    }
    assertThat(scored).doesNotExist();
  }
}
