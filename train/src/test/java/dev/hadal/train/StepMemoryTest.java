package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.CheckpointStore;
import dev.hadal.format.FaultPoint;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.MemoryPlan;
import dev.hadal.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a run has in memory is what its plan says, and a step takes nothing more. */
class StepMemoryTest {
  @TempDir Path folder;

  private static long bytes(Map<String, Tensor> tensors, String prefix) {
    return tensors.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .mapToLong(entry -> entry.getValue().bytes())
        .sum();
  }

  @ParameterizedTest
  @CsvSource({
    "fp32, 1, 4, 0.1, fp32",
    "bf16, 1, 4, 0.1, bf16",
    "fp8, 1, 4, 0.1, bf16",
    "fp8, 1, 2, 0, bf16",
    "fp8, 0, 2, 0.1, bf16",
    "bf16, 0, 4, 0, fp32"
  })
  void everyPartIsAsLargeAsPlanned(
      String precision, int mtp, int batchEnd, double ema, String moments) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "training.precision=" + precision,
                "model.num_nextn_predict_layers=" + mtp,
                "training.batch_end=" + batchEnd,
                "ema.share=" + ema,
                "optimizer.moments=" + moments));
    TrainConfig config = TinyRuns.config(overrides.toArray(String[]::new));
    TrainingMemory plan = TrainingMemory.of(config, 0);
    TrainingState state = new TrainingState(config);
    state.initialize(1, 0.05);
    CheckpointStore store = new CheckpointStore(folder, 1, FaultPoint.NONE);
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {});
        Trainer trainer = new Trainer(config, state, new TinyRuns.Source(16), kernels, 0);
        StateSaver saver = new StateSaver(store, folder, state)) {
      Map<String, Tensor> tensors = state.tensors();
      assertThat(plan.model().parameters()).isEqualTo(bytes(tensors, "weights/"));
      assertThat(plan.moments())
          .isEqualTo(bytes(tensors, "first_moment/") + bytes(tensors, "second_moment/"));
      assertThat(plan.average()).isEqualTo(bytes(tensors, "average/"));
      assertThat(plan.gradients()).isEqualTo(trainer.gradientBytes());
      assertThat(plan.snapshot()).isEqualTo(saver.bytes());
      while (!trainer.isDone()) {
        trainer.step();
        assertThat(trainer.model().workspaceReservedBytes()).isEqualTo(plan.model().workspace());
      }
      MemoryPlan peak = trainer.model().workspacePeak();
      assertThat(peak.activations()).isEqualTo(plan.model().activations());
      assertThat(peak.scratch()).isLessThanOrEqualTo(plan.model().scratch());
      assertThat(peak.packed()).isLessThanOrEqualTo(plan.model().packed());
    }
  }

  @Test
  void expertsOfTheExamplesSeeEnoughRows() {
    for (String name : List.of("tiny", "small", "medium")) {
      TrainConfig config = TrainConfig.read(Path.of("..", "configs", name + ".yaml"), List.of());
      assertThat(config.meanExpertRows()).as(name).isGreaterThan(TrainingRun.ENOUGH_ROWS);
    }
    for (ModelPreset preset : ModelPreset.values()) {
      TrainConfig config =
          TrainConfig.parse(
              preset.label(), preset.yaml(), List.of("run.folder=x", "training.tokens=1000000"));
      assertThat(config.meanExpertRows()).as(preset.label()).isGreaterThan(TrainingRun.ENOUGH_ROWS);
    }
  }
}
