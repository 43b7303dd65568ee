package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {
  private static final Path TINY = Path.of("../configs/tiny.yaml");

  @TempDir private Path folder = Path.of("");

  @Test
  void theResolvedConfigurationIsPrintedAndReadBack() {
    Run first =
        Run.of(
            "train",
            TINY.toString(),
            "--set",
            "run.seed=77",
            "--precision",
            "bf16",
            "--print-config");
    assertThat(first.err()).isEmpty();
    assertThat(first.code()).isZero();
    assertThat(first.out()).contains("seed: 77").contains("bf16");
    Path printed = TestFiles.write(folder.resolve("printed.yaml"), first.out());
    assertThat(Run.of("train", printed.toString(), "--print-config").out()).isEqualTo(first.out());
  }

  @Test
  void aTinyRunTrainsReportsAndIsMeasured() throws IOException {
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    for (int i = 0; i < 40; i++) {
      TestFiles.write(
          corpus.resolve("file" + i + ".txt"),
          "the cat sat on the mat number %d. ".formatted(i).repeat(40));
    }
    Path run = folder.resolve("run");
    Run trained =
        Run.of(
            "train",
            TINY.toString(),
            "--set",
            "run.folder=" + run,
            "--set",
            "data.corpus=" + corpus,
            "--set",
            "data.vocab_size=300",
            "--set",
            "model.hidden_size=32",
            "--set",
            "model.num_hidden_layers=2",
            "--set",
            "data.sequence_length=32",
            "--set",
            "training.tokens=2048");
    assertThat(trained.code()).as(trained.err() + trained.out()).isZero();
    assertThat(trained.out()).contains("bits per byte").contains("report.html");
    assertThat(run.resolve("report.html")).exists();
    Run again = Run.of("train", "--resume", run.toString());
    assertThat(again.code()).as(again.err() + again.out()).isZero();
    Run measured = Run.of("eval", "bpb", corpus.toString(), "-m", run.toString(), "--json");
    assertThat(measured.code()).as(measured.err()).isZero();
    JsonObject score = Json.parseObject("output", measured.out());
    assertThat(score.getInt("files")).isEqualTo(40);
    assertThat(score.getDouble("bits_per_byte")).isBetween(0.01, 12.0);
    assertThat(
            Run.of("eval", "bpb", corpus.toString(), "-m", run.toString(), "--at-most", "0.001")
                .code())
        .isEqualTo(1);
  }
}
