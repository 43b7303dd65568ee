package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.SafetensorsFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreCommandTest {
  @TempDir private Path folder = Path.of("");

  private Run score(String ids, String... more) {
    Path file = TestFiles.write(folder.resolve("ids.json"), ids);
    String[] arguments = new String[more.length + 7];
    String[] common = {
      "score",
      "-m",
      TestFiles.MODEL.toString(),
      "--ids",
      file.toString(),
      "--output",
      folder.resolve("scored.safetensors").toString()
    };
    System.arraycopy(common, 0, arguments, 0, 7);
    System.arraycopy(more, 0, arguments, 7, more.length);
    return Run.of(arguments);
  }

  @Test
  void exactlyWhatWasAskedForIsWritten() {
    Run run = score("[[1, 2, 3], [4]]", "--with", "router,mtp");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out().lines())
        .satisfiesExactly(
            first ->
                assertThat(first)
                    .matches("prompt 0: 3 tokens, mean negative log-likelihood \\d\\.\\d{8} nats"),
            second -> assertThat(second).isEqualTo("prompt 1: 1 token, nothing to predict"));
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("scored.safetensors"))) {
      assertThat(file.names())
          .contains("logits.0", "logits.1", "mtp_logits.0")
          .allMatch(name -> name.matches("(logits|mtp_logits|router)\\.[01].*"))
          .doesNotContain("mtp_logits.1");
      assertThat(file.metadata()).containsEntry("mode", "exact");
    }
    assertThat(score("[[1, 2]]", "--precision", "bf16").code()).isZero();
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("scored.safetensors"))) {
      assertThat(file.names()).containsExactly("logits.0");
      assertThat(file.metadata()).containsEntry("mode", "bf16");
    }
  }

  @Test
  void hostileIdsAreRefusedAndNothingIsWritten() {
    for (String ids :
        new String[] {
          "",
          "[",
          "[]",
          "[[]]",
          "[1, 2]",
          "{\"a\": 1}",
          "[[1, 2.5]]",
          "[[1, \"2\"]]",
          "[[1, null]]",
          "[[1, -1]]",
          "[[1, 1000000]]",
          "[[1, 99999999999]]",
          "[[1, 99999999999999999999999]]",
          "[[[[[[[[[1]]]]]]]]]",
          "[[1]] trailing",
          "[" + "[1],".repeat(10) + "]",
          "[[" + "1,".repeat(5000) + "1]]"
        }) {
      Run run = score(ids);
      assertThat(run.code()).as(ids).isEqualTo(65);
      assertThat(run.out()).as(ids).isEmpty();
      assertThat(run.err().lines()).as(ids).hasSize(1);
      assertThat(run.err()).as(ids).startsWith("hadal score: ").doesNotContain("defect");
    }
    assertThat(folder.resolve("scored.safetensors")).doesNotExist();
  }

  @Test
  void aModelWithoutAnMtpLayerSaysSo() {
    Path run = TestFiles.run(folder.resolve("run")).resolve("model");
    String config = TestFiles.read(run.resolve("config.json"));
    TestFiles.write(
        run.resolve("config.json"),
        config.replaceFirst("\"num_nextn_predict_layers\": 1", "\"num_nextn_predict_layers\": 0"));
    Path ids = TestFiles.write(folder.resolve("ids.json"), "[[1, 2, 3]]");
    Path output = folder.resolve("o.safetensors");
    Run scored =
        Run.of(
            "score",
            "-m",
            run.toString(),
            "--ids",
            ids.toString(),
            "-o",
            output.toString(),
            "--with",
            "mtp");
    assertThat(scored.code()).isZero();
    assertThat(scored.err()).contains("no MTP layer");
    try (SafetensorsFile file = SafetensorsFile.open(output)) {
      assertThat(file.names()).containsExactly("logits.0");
    }
  }
}
