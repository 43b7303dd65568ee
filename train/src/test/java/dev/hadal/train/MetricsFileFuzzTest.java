package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whatever the bytes are, the reader gives records that it can write again, or refuses them. */
class MetricsFileFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void metrics(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("metrics", ".jsonl");
    try {
      Files.write(file, bytes);
      MetricsFile.Contents contents = MetricsFile.read(file);
      assertThat(contents.tornBytes()).isLessThanOrEqualTo(bytes.length);
      for (StepRecord step : contents.records()) {
        String line = MetricsLine.write(step);
        byte[] utf8 = line.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(MetricsLine.write(MetricsLine.read("again", utf8))).isEqualTo(line);
      }
      new ReportPage("fuzz", contents, null, dev.hadal.format.JsonObject.builder().build()).html();
    } catch (TrainException e) {
      assertThat(e).hasMessageStartingWith(file.toString());
    } finally {
      Files.delete(file);
    }
  }
}
