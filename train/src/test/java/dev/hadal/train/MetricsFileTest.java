package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsFileTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("metrics.jsonl");
  }

  private void write(List<StepRecord> records) {
    try (MetricsFile metrics = MetricsFile.append(file)) {
      records.forEach(metrics::append);
      metrics.force();
    }
  }

  @Test
  void whatIsWrittenIsRead() {
    List<StepRecord> records = FakeRun.of(300, 1);
    write(records);
    MetricsFile.Contents contents = MetricsFile.read(file);
    assertThat(contents.records()).usingRecursiveComparison().isEqualTo(records);
    assertThat(contents.tornBytes()).isZero();
  }

  @Test
  void namesAreInSnakeCaseAndNumbersThatAreNotFiniteAreStrings() throws IOException {
    StepRecord step =
        new StepRecord(
            7,
            70,
            700,
            0,
            -0.0,
            Double.NaN,
            2,
            3,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0.5,
            true,
            1.5,
            6,
            0.25,
            new long[][] {{1, 2}, {3, 4}},
            new HeldOutScore(StrictMath.log(2) * 800, 10, 400, 3),
            new StepRecord.Sample("a\"b", "c\n\ud800"));
    write(List.of(step));
    assertThat(Files.readString(file))
        .isEqualTo(
            "{\"step\":7,\"tokens\":70,\"total_tokens\":700,\"learning_rate\":-0.0,"
                + "\"loss\":\"NaN\",\"mtp_loss\":2.0,\"balance_loss\":3.0,"
                + "\"gradient_norm\":\"Infinity\",\"max_vio\":\"-Infinity\","
                + "\"mtp_acceptance\":0.5,\"skipped\":true,\"seconds\":1.5,"
                + "\"tokens_per_second\":6.0,\"peak_share\":0.25,\"loads\":[[1,2],[3,4]],"
                + "\"held_out\":{\"negative_log_likelihood\":554.5177444479563,\"tokens\":10,"
                + "\"bytes\":400,\"files\":3,\"bits_per_byte\":2.0},"
                + "\"sample\":{\"prompt\":\"a\\\"b\",\"text\":\"c\\n\\ud800\"}}\n");
    StepRecord read = MetricsFile.read(file).records().getFirst();
    assertThat(MetricsLine.write(read)).isEqualTo(MetricsLine.write(step));
    assertThat(Double.doubleToLongBits(read.learningRate())).isEqualTo(1L << 63);
    assertThat(read.loss()).isNaN();
    assertThat(read.gradientNorm()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(read.loads()).isDeepEqualTo(step.loads());
    assertThat(read.heldOut()).isEqualTo(step.heldOut());
    assertThat(read.sample()).isEqualTo(step.sample());
  }

  @Test
  void anOpenRunHasALengthInTime() throws IOException {
    StepRecord step =
        new StepRecord(1, 64, 0, 180, 0.1, 5, 0, 0, 1, 0, 0, false, 0.5, 128, 0, null, null, null);
    write(List.of(step));
    assertThat(Files.readString(file)).contains("\"total_tokens\":0,\"total_seconds\":180.0,");
    assertThat(MetricsFile.read(file).records()).containsExactly(step);
  }

  @Test
  void aTornLastLineIsReportedAndCutBeforeMoreIsAdded() throws IOException {
    List<StepRecord> records = FakeRun.of(12, 2);
    write(records);
    byte[] whole = Files.readAllBytes(file);
    int lastLine = MetricsLine.write(records.get(11)).getBytes(StandardCharsets.UTF_8).length + 1;
    for (int cut : new int[] {1, lastLine / 2, lastLine - 1}) {
      Files.write(file, java.util.Arrays.copyOf(whole, whole.length - cut));
      MetricsFile.Contents contents = MetricsFile.read(file);
      assertThat(contents.records()).hasSize(11);
      assertThat(contents.tornBytes()).isEqualTo(lastLine - cut);
      write(records.subList(11, 12));
      assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }
  }

  @Test
  void truncationKeepsTheBytesUpToTheStep() throws IOException {
    List<StepRecord> records = FakeRun.of(30, 3);
    write(records.subList(0, 20));
    byte[] twenty = Files.readAllBytes(file);
    write(records.subList(20, 30));
    Files.writeString(file, "{\"step\":31,", StandardOpenOption.APPEND);
    MetricsFile.truncateAfter(file, 20);
    assertThat(Files.readAllBytes(file)).isEqualTo(twenty);
    MetricsFile.truncateAfter(file, 25);
    assertThat(Files.readAllBytes(file)).isEqualTo(twenty);
    MetricsFile.truncateAfter(file, 0);
    assertThat(Files.readAllBytes(file)).isEmpty();
    try (var entries = Files.list(folder)) {
      assertThat(entries).containsExactly(file);
    }
    MetricsFile.truncateAfter(folder.resolve("absent.jsonl"), 3);
    assertThat(folder.resolve("absent.jsonl")).doesNotExist();
  }

  @Test
  void aTornLastLineAloneIsTruncated() throws IOException {
    write(FakeRun.of(5, 4));
    byte[] five = Files.readAllBytes(file);
    Files.writeString(file, "{\"st", StandardOpenOption.APPEND);
    MetricsFile.truncateAfter(file, 9);
    assertThat(Files.readAllBytes(file)).isEqualTo(five);
  }

  @Test
  void aBadFileIsRefusedWithLineAndField() throws IOException {
    List<String> lines = FakeRun.of(50, 5).stream().map(MetricsLine::write).toList();
    String third = lines.get(49);
    refused(third.replaceFirst("\"loss\":[^,]*,", ""), "line 3: loss: the field is missing");
    refused(third.replaceFirst("\"loss\":[^,]*,", "\"loss\":\"nan\","), "line 3: loss: expected a");
    refused(third.replaceFirst("\"loss\":[^,]*,", "\"loss\":[],"), "line 3: loss: expected a");
    refused(third.replaceFirst("\"step\":50", "\"step\":2"), "line 3: step: expected a step after");
    refused(third.replaceFirst("\"step\":50", "\"step\":-1"), "line 3: step: expected an integer");
    refused(third.replaceFirst("\"loads\":\\[\\[\\d+", "\"loads\":[[-1"), "line 3: loads[0][0]: ");
    refused(third.replaceFirst("\"files\":37", "\"files\":0"), "line 3: held_out.files: expected");
    refused(third.replaceFirst("\"bytes\":\\d+", "\"bytes\":0"), "line 3: held_out.bytes: ");
    refused("[1]", "line 3: expected one JSON object a line");
    refused("", "line 3: ");
    refused("\0\0\0", "line 3: not valid JSON");
    refused("[".repeat(5000), "line 3: not valid JSON");
    refused("x".repeat(MetricsLine.LONGEST + 1), "line 3: expected a line of at most");
  }

  private void refused(String third, String message) throws IOException {
    List<String> lines = FakeRun.of(2, 5).stream().map(MetricsLine::write).toList();
    Files.writeString(file, lines.get(0) + "\n" + lines.get(1) + "\n" + third + "\n");
    assertThatThrownBy(() -> MetricsFile.read(file))
        .isInstanceOf(TrainException.class)
        .hasMessageStartingWith(file + " " + message);
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> MetricsFile.truncateAfter(file, 9)).isInstanceOf(TrainException.class);
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void unknownFieldsArePassedOver() throws IOException {
    String line = MetricsLine.write(FakeRun.of(1, 6).getFirst());
    Files.writeString(file, "{\"later\":{\"a\":[1]}," + line.substring(1) + "\n");
    assertThat(MetricsFile.read(file).records()).hasSize(1);
  }

  @Test
  void filesThatCannotBeOpenedAreNamed() {
    assertThatThrownBy(() -> MetricsFile.read(file))
        .isInstanceOf(TrainException.class)
        .hasMessage(file + ": there is no such file");
    assertThatThrownBy(() -> MetricsFile.append(folder.resolve("no/metrics.jsonl")))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("cannot be written");
  }
}
