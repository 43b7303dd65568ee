package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportWriterTest {
  @TempDir Path folder;

  private String report(List<StepRecord> records, String details, String configuration)
      throws IOException {
    Files.deleteIfExists(folder.resolve("metrics.jsonl"));
    try (MetricsFile metrics = MetricsFile.append(folder.resolve("metrics.jsonl"))) {
      records.forEach(metrics::append);
    }
    if (!details.isEmpty()) {
      Files.writeString(folder.resolve("run.json"), details);
    }
    if (!configuration.isEmpty()) {
      Files.writeString(folder.resolve("config.yaml"), configuration);
    }
    String page = Files.readString(ReportWriter.write(folder));
    keepIfAsked(page, records.size());
    return page;
  }

  /** For looking at in a browser: {@code -Dreport.keep=FOLDER}. */
  private static void keepIfAsked(String page, int steps) throws IOException {
    String keep = System.getProperty("report.keep", "");
    if (!keep.isEmpty()) {
      Files.writeString(Path.of(keep, "report-" + steps + ".html"), page);
    }
  }

  private static final String DETAILS =
      """
      {"commit": "0123abc", "jdk": "25.0.3", "cpu": "</td><script>alert(1)</script>",
       "seed": 42, "threads": 2, "kernels": "vector", "precision": "fp8", "parameters": 3412992,
       "started": "2026-01-01T10:00:00Z", "finished": "2026-01-01T10:03:04Z",
       "memory": {"masters": 13651968, "moments": 13651968, "activations": 402653184},
       "outcome": {"complete": true, "held_out_raw": {"bits_per_byte": 1.5}},
       "baselines": {"xz -9": 1.21, "PyTorch, same minutes": 1.6}}
      """;

  private static final String CONFIGURATION =
      "model:\n  hidden_size: 256 # </pre><script>alert(2)</script>\n  layers: 5\n";

  @Test
  void aLongRunFitsInASmallFileWithAllItsParts() throws IOException {
    String page = report(FakeRun.of(2000, 11), DETAILS, CONFIGURATION);
    assertThat(page.length()).isLessThan(1_000_000);
    assertThat(page)
        .contains("<h3>Loss</h3>", "<h3>Held-out bits per byte</h3>", "<h3>Learning rate</h3>")
        .contains("<h3>Gradient norm</h3>", "<h3>Speed</h3>", "<h3>MaxVio</h3>")
        .contains("<h3>MTP acceptance</h3>", "<h3>Routing layer 4</h3>", "xz -9", "0123abc")
        .contains("Held out raw: Bits per byte</th><td>1.5</td>", "<h2>Outcome</h2>")
        .contains("Memory plan", "384.0 MiB (402,653,184)", "hidden_size: 256", "Step 2,000")
        .contains("left out: 1");
  }

  @Test
  void nothingForeignBecomesMarkupAndNothingIsFetched() throws IOException {
    String page = report(FakeRun.of(400, 12), DETAILS, CONFIGURATION);
    assertThat(count(page, "<script")).isEqualTo(1);
    assertThat(count(page, "</script")).isEqualTo(1);
    assertThat(page).doesNotContain("<img src=x", "http://", "https://", "url(", "@import");
    assertThat(page).contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;");
    for (int i = 0; i < page.length(); i++) {
      char c = page.charAt(i);
      assertThat(c == '\n' || !Character.isISOControl(c)).isTrue();
      assertThat(c).isNotIn('\u202e', '\u2028');
    }
  }

  @Test
  void theOnlyScriptIsTheOneThatThePolicyNames() throws Exception {
    String page = report(FakeRun.of(3, 13), "", "");
    String script = page.substring(page.indexOf("<script>") + 8, page.indexOf("</script>"));
    byte[] hash =
        java.security.MessageDigest.getInstance("SHA-256")
            .digest(script.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    String text = java.util.Base64.getEncoder().encodeToString(hash);
    assertThat(page).contains("default-src 'none'", "script-src 'sha256-" + text + "'");
  }

  @Test
  void shortAndEmptyRunsAreReportedToo() throws IOException {
    assertThat(report(FakeRun.of(3, 14), "", "")).contains("<h3>Loss</h3>");
    assertThat(report(FakeRun.of(1, 14), "", "")).contains("<h3>Loss</h3>");
    assertThat(report(List.of(), "", "")).contains("No step was recorded.");
  }

  @Test
  void aTornLineIsMentioned() throws IOException {
    report(FakeRun.of(5, 15), "", "");
    Path metrics = folder.resolve("metrics.jsonl");
    Files.writeString(metrics, Files.readString(metrics) + "{\"step\":");
    assertThat(Files.readString(ReportWriter.write(folder))).contains("its 8 bytes are left out");
  }

  @Test
  void aDamagedFileLeavesTheOlderReport() throws IOException {
    String before = report(FakeRun.of(5, 16), "", "");
    Files.writeString(folder.resolve("run.json"), "{\"a\":");
    assertThatThrownBy(() -> ReportWriter.write(folder))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("run.json");
    assertThat(Files.readString(folder.resolve("report.html"))).isEqualTo(before);
    Files.delete(folder.resolve("metrics.jsonl"));
    assertThatThrownBy(() -> ReportWriter.write(folder))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("there is no such file");
  }

  private static int count(String text, String part) {
    return (int) Pattern.compile(Pattern.quote(part)).matcher(text).results().count();
  }
}
