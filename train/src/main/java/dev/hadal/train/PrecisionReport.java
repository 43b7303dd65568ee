package dev.hadal.train;

import dev.hadal.format.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Writes the curves of a {@link PrecisionStudy} as a page with charts. */
public final class PrecisionReport {
  private static final String FILE = "numerics.html";

  private PrecisionReport() {}

  /**
   * Writes {@value #FILE} into a folder, which is made if it is not there.
   *
   * @param curves of all precisions, seed by seed
   * @param note what was run, in one sentence
   * @return the file
   */
  public static Path write(Path folder, List<LossCurve> curves, String note) {
    StringBuilder charts = new StringBuilder("<section><h2>Curves</h2><div class=\"charts\">");
    for (long seed : curves.stream().mapToLong(LossCurve::seed).distinct().toArray()) {
      List<LossCurve> same = curves.stream().filter(curve -> curve.seed() == seed).toList();
      charts.append(loss(seed, same).html()).append(differences(seed, same).html());
    }
    charts.append("</div></section>");
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new TrainException(folder + ": the folder cannot be made: " + e.getMessage(), e);
    }
    Path file = folder.resolve(FILE);
    String page = HtmlPage.html("Loss by precision", note, "", charts.toString());
    AtomicFile.write(file, page.getBytes(StandardCharsets.UTF_8));
    return file;
  }

  private static LineChart loss(long seed, List<LossCurve> curves) {
    LineChart chart =
        new LineChart(
            "Loss, seed " + seed, "nats per token, smoothed", NumberText::significant, true);
    curves.forEach(curve -> chart.curve(label(curve), points(curve.smoothed(), 1)));
    return chart;
  }

  private static LineChart differences(long seed, List<LossCurve> curves) {
    LineChart chart =
        new LineChart(
            "Difference from " + label(curves.getFirst()) + ", seed " + seed,
            "percent of the smoothed loss; the DeepSeek-V3 report stays below 0.25",
            value -> NumberText.decimals(value, 3),
            false);
    for (LossCurve curve : curves.subList(1, curves.size())) {
      chart.curve(label(curve), points(curve.relativeTo(curves.getFirst()), 100));
    }
    return chart.baseline("0.25", 0.25).baseline("-0.25", -0.25);
  }

  private static String label(LossCurve curve) {
    return curve.precision().name().toLowerCase(Locale.ROOT);
  }

  private static List<Envelope.Point> points(double[] values, double factor) {
    List<Envelope.Point> points = new ArrayList<>();
    for (int step = 0; step < values.length; step++) {
      points.add(new Envelope.Point(step + 1L, factor * values[step]));
    }
    return points;
  }
}
