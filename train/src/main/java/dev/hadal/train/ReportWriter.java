package dev.hadal.train;

import dev.hadal.format.AtomicFile;
import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@code report.html} into the folder of a run: one file that opens without a network and
 * loads nothing. It reads {@code metrics.jsonl} and, where they are there, {@code config.yaml} and
 * {@code run.json}, an object whose strings, numbers and truth values are shown as they stand;
 * objects inside it become tables of their own. Two of them have a meaning: {@code baselines}, bits
 * per byte by name to compare with, and {@code memory}, bytes by name.
 */
public final class ReportWriter {
  private static final int LONGEST_CONFIGURATION = 256 << 10;

  private ReportWriter() {}

  /**
   * Writes the report.
   *
   * @return the file
   * @throws TrainException if there are no metrics or a file is damaged; an older report then stays
   */
  public static Path write(Path run) {
    MetricsFile.Contents metrics = MetricsFile.read(run.resolve("metrics.jsonl"));
    Path absolute = run.toAbsolutePath().normalize();
    Path name = absolute.getFileName();
    String page =
        new ReportPage(
                name == null ? absolute.toString() : name.toString(),
                metrics,
                configuration(run.resolve("config.yaml")),
                details(run.resolve("run.json")))
            .html();
    Path report = run.resolve("report.html");
    AtomicFile.write(report, page.getBytes(StandardCharsets.UTF_8));
    return report;
  }

  private static @Nullable String configuration(Path file) {
    if (!Files.exists(file)) {
      return null;
    }
    try (InputStream stream = Files.newInputStream(file)) {
      byte[] bytes = stream.readNBytes(LONGEST_CONFIGURATION + 1);
      String text = new String(bytes, StandardCharsets.UTF_8);
      return SafeText.shorten(text, LONGEST_CONFIGURATION);
    } catch (IOException e) {
      throw new TrainException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static JsonObject details(Path file) {
    if (!Files.exists(file)) {
      return JsonObject.builder().build();
    }
    try {
      return Json.readObject(file);
    } catch (FormatException e) {
      throw new TrainException(String.valueOf(e.getMessage()), e);
    }
  }
}
