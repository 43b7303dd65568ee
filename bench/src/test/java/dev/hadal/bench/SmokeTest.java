package dev.hadal.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.model.InferenceMode;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every benchmark once, in sizes that take no time. */
class SmokeTest {
  private static void assertMeasured(List<BenchResult> results) {
    assertThat(results)
        .isNotEmpty()
        .allSatisfy(
            result -> {
              assertThat(result.value()).as("%s", result).isPositive().isFinite();
              assertThat(result.share()).as("%s", result).isNotNegative().isFinite();
            });
  }

  @Test
  void machine() {
    List<BenchResult> results = SmallShapes.run(new MachineBenchmark());
    assertMeasured(results);
    assertThat(results.stream().map(BenchResult::name))
        .containsSubsequence("machine.fp32", "machine.read", "machine.region")
        .isSubsetOf(
            "machine.fp32", "machine.bf16", "machine.read", "machine.region", "machine.tile");
    assertThat(results.stream().map(BenchResult::unit))
        .startsWith("GFLOP/s")
        .containsSubsequence("GB/s", "us");
  }

  @Test
  void products() {
    List<BenchResult> results =
        SmallShapes.run(new GemmBenchmark(List.of(new GemmBenchmark.Shape(5, 40, 130))));
    assertMeasured(results);
    assertThat(results.stream().map(BenchResult::name))
        .contains("gemm.fp32", "gemm.bf16", "gemm.fp8");
    boolean openBlas = results.stream().anyMatch(r -> r.tier().startsWith("OpenBLAS"));
    assertThat(openBlas).isEqualTo(OpenBlas.find().isPresent());
    assertThat(results.getFirst().ratio() > 0).isEqualTo(openBlas);
  }

  @Test
  void attention() {
    List<BenchResult> results =
        SmallShapes.run(
            new AttentionBenchmark(List.of(new AttentionBenchmark.Shape(6, 4, 5, 2, 3, 70))));
    assertMeasured(results);
    assertThat(results.stream().map(BenchResult::name))
        .containsExactly(
            "attention.bf16.forward",
            "attention.bf16.backward",
            "attention.bf16.both",
            "attention.fp32.forward",
            "attention.fp32.backward",
            "attention.fp32.both");
    assertThat(results.getFirst().shape()).isEqualTo("3x70 2x(6+4,5)");
  }

  @Test
  void attentionCountsWholeBlocks() {
    AttentionBenchmark.Shape shape = new AttentionBenchmark.Shape(6, 4, 5, 2, 3, 70);
    // Three of four blocks, six times.
    assertThat(shape.forward()).isEqualTo(18 * 64 * 64 * 2.0 * (10 + 5));
    assertThat(shape.backward()).isEqualTo(18 * 64 * 64 * 2.0 * (3 * 10 + 2 * 5));
  }

  @Test
  void training() {
    List<BenchResult> results =
        SmallShapes.run(new TrainingBenchmark(List.of(SmallShapes.TRAINING)));
    assertMeasured(results);
    assertThat(results.stream().map(BenchResult::name))
        .contains("training.tiny.fp32", "training.tiny.bf16", "training.tiny.fp8.arithmetic");
  }

  @Test
  void profile() {
    List<BenchResult> results =
        SmallShapes.run(
            new ProfileBenchmark(List.of(SmallShapes.TRAINING), List.of(Precision.FP8)));
    double parts =
        results.stream()
            .filter(r -> r.unit().equals("ms"))
            .filter(r -> !r.shape().equals("step") && !r.shape().equals("all products"))
            .mapToDouble(BenchResult::share)
            .sum();
    assertThat(parts).isBetween(0.999, 1.001);
    assertThat(results.stream().map(BenchResult::shape))
        .contains("matmul.pack", "attention.forward", "optimizer.adamWAll", "outside of kernels");
  }

  @Test
  void tokenizer() {
    List<String> notes = new ArrayList<>();
    List<BenchResult> results = new TokenizerBenchmark(1e5, 300).run(SmallShapes.context(notes));
    if (SourceSample.find().isEmpty()) {
      assertThat(notes).hasSize(1);
    } else {
      assertMeasured(results);
      assertThat(results).hasSize(5);
    }
  }

  @Test
  void decoding() {
    ModelConfig model = SmallShapes.MODEL.withNextnPredictLayers(1);
    List<BenchResult> results =
        SmallShapes.run(
            new DecodeBenchmark(
                List.of(
                    new DecodeShape(model, InferenceMode.FP8),
                    new DecodeShape(model, InferenceMode.BF16))));
    assertMeasured(results);
    for (String mode : List.of("fp8", "bf16")) {
      for (int threads : new int[] {2, 1}) {
        assertThat(
                results.stream()
                    .filter(r -> r.threads() == threads)
                    .map(BenchResult::name)
                    .filter(name -> name.startsWith("decode." + mode) && !name.endsWith(".part")))
            .containsExactly(
                "decode." + mode + ".one",
                "decode." + mode + ".one.speed",
                "decode." + mode + ".batch",
                "decode." + mode + ".batch.speed",
                "decode." + mode + ".mtp",
                "decode." + mode + ".mtp.gain");
      }
    }
    assertThat(results.stream().map(BenchResult::shape)).contains("outside of kernels");
  }

  @Test
  void start(@TempDir Path folder) throws Exception {
    Path launcher = folder.resolve("hadal");
    Files.writeString(
        launcher, "#!/bin/sh\ntest \"$1\" = --help || test \"$1\" = generate\necho text\n");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<String> notes = new ArrayList<>();
    StartupBenchmark benchmark = new StartupBenchmark(launcher, folder.resolve("runs"));
    assertThat(benchmark.run(SmallShapes.context(notes))).hasSize(1);
    assertThat(notes).singleElement().asString().contains("there is no finished run");
    Path model = Files.createDirectories(folder.resolve("runs/run-1/model"));
    Files.writeString(model.resolve("config.json"), "{}");
    Files.createDirectories(folder.resolve("runs/run-2"));
    List<BenchResult> results = SmallShapes.run(benchmark);
    assertMeasured(results);
    assertThat(results.stream().map(BenchResult::shape))
        .containsExactly("hadal --help", "first token of hadal generate");
    notes.clear();
    assertThat(new StartupBenchmark(null, folder).run(SmallShapes.context(notes))).isEmpty();
    assertThat(notes).hasSize(1);
  }
}
