package dev.hadal.train;

import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonBool;
import dev.hadal.format.JsonDecimal;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The text of a run's report. Everything that comes from outside goes through {@link
 * SafeText#html}.
 */
final class ReportPage {
  private static final int MOST_SAMPLES = 12;
  private static final int LONGEST_SAMPLE = 4000;
  private static final Set<String> ACRONYMS = Set.of("cpu", "jdk", "jvm", "ema", "mtp");
  private static final String BASELINES = "baselines";
  private static final String MEMORY = "memory";

  private final String name;
  private final List<StepRecord> records;
  private final int tornBytes;
  private final @Nullable String configuration;
  private final JsonObject details;
  private final StringBuilder html = new StringBuilder(1 << 18);

  ReportPage(
      String name,
      MetricsFile.Contents metrics,
      @Nullable String configuration,
      JsonObject details) {
    this.name = name;
    this.records = metrics.records();
    this.tornBytes = metrics.tornBytes();
    this.configuration = configuration;
    this.details = details;
  }

  String html() {
    if (tornBytes > 0) {
      html.append("<p class=\"warning\">The metrics end in a line that was cut off; its ");
      html.append(NumberText.count(tornBytes)).append(" bytes are left out.</p>");
    }
    summary();
    String head = html.toString();
    html.setLength(0);
    curves();
    section("Expert load", LoadHeatMap.html(records));
    section("Samples", samples());
    detailTables();
    if (configuration != null) {
      section("Configuration", "<pre>" + SafeText.html(configuration) + "</pre>");
    }
    return HtmlPage.html(
        name, "Training run of a DeepSeek-V3 model with Hadal", head, html.toString());
  }

  private void section(String title, String content) {
    if (!content.isEmpty()) {
      html.append("<section><h2>").append(SafeText.html(title)).append("</h2>\n");
      html.append(content).append("</section>\n");
    }
  }

  private void summary() {
    if (records.isEmpty()) {
      html.append("<p class=\"warning\">No step was recorded.</p>");
      return;
    }
    StepRecord last = records.getLast();
    Map<String, String> values = new LinkedHashMap<>();
    HeldOutScore heldOut = null;
    long heldOutStep = 0;
    long skipped = 0;
    for (StepRecord step : records) {
      skipped += step.skipped() ? 1 : 0;
      if (step.heldOut() != null) {
        heldOut = step.heldOut();
        heldOutStep = step.step();
      }
    }
    if (heldOut != null) {
      values.put(
          "bits per byte, held out",
          NumberText.decimals(heldOut.bitsPerByte(), 4)
              + (heldOutStep == last.step() ? "" : " (step " + heldOutStep + ")"));
    }
    values.put("loss, nats per token", NumberText.decimals(last.loss(), 4));
    values.put("steps", NumberText.count(last.step()));
    values.put("tokens", NumberText.shortCount(last.tokens()));
    values.put("minutes of training", NumberText.decimals(last.seconds() / 60, 2));
    values.put("tokens/s over the run", NumberText.decimals(last.tokens() / last.seconds(), 0));
    values.put("of the measured peak, last step", NumberText.percent(last.peakShare()));
    if (skipped > 0) {
      values.put("steps skipped", NumberText.count(skipped));
    }
    html.append("<dl class=\"tiles\">");
    for (Map.Entry<String, String> value : values.entrySet()) {
      html.append("<div><dt>").append(SafeText.html(value.getKey())).append("</dt><dd>");
      html.append(SafeText.html(value.getValue())).append("</dd></div>");
    }
    html.append("</dl>");
  }

  private void curves() {
    DoubleFunction<String> plain = NumberText::significant;
    StringBuilder charts = new StringBuilder();
    LineChart bits =
        new LineChart("Held-out bits per byte", "files never trained on", plain, true).dots();
    bits.curve(
        "model",
        points(
            step -> {
              HeldOutScore score = step.heldOut();
              return score == null ? Double.NaN : score.bitsPerByte();
            },
            step -> step.heldOut() != null));
    baselines().forEach(bits::baseline);
    boolean mtp = records.stream().anyMatch(step -> step.mtpLoss() != 0);
    LineChart loss = new LineChart("Loss", "nats per token", plain, true);
    loss.curve("main", points(StepRecord::loss));
    if (mtp) {
      loss.curve("MTP", points(StepRecord::mtpLoss));
    }
    charts.append(loss.html()).append(bits.html());
    chart(charts, "Learning rate", "", plain, false, StepRecord::learningRate);
    chart(charts, "Gradient norm", "before clipping", plain, true, StepRecord::gradientNorm);
    chart(
        charts,
        "Speed",
        "tokens per second",
        value -> NumberText.decimals(value, value < 10 ? 1 : 0),
        false,
        StepRecord::tokensPerSecond);
    chart(
        charts,
        "MaxVio",
        "(largest load - mean) / mean, mean over routing layers",
        plain,
        false,
        StepRecord::maxVio);
    if (mtp) {
      chart(
          charts,
          "MTP acceptance",
          "share of MTP targets with the largest logit",
          NumberText::percent,
          false,
          StepRecord::mtpAcceptance);
    }
    section(
        "Curves", charts.isEmpty() ? "" : band() + "<div class=\"charts\">" + charts + "</div>");
  }

  private String band() {
    return records.size() <= LineChart.MOST_POINTS
        ? ""
        : "<p class=\"note\">Each point is the mean of neighbouring steps, the band around it runs"
            + " from their lowest to their highest value.</p>";
  }

  private void chart(
      StringBuilder charts,
      String title,
      String unit,
      DoubleFunction<String> format,
      boolean logarithmic,
      ToDoubleFunction<StepRecord> value) {
    LineChart chart = new LineChart(title, unit, format, logarithmic);
    charts.append(chart.curve(title, points(value)).html());
  }

  private List<Envelope.Point> points(ToDoubleFunction<StepRecord> value) {
    return points(value, _ -> true);
  }

  private List<Envelope.Point> points(
      ToDoubleFunction<StepRecord> value, java.util.function.Predicate<StepRecord> kept) {
    return records.stream()
        .filter(kept)
        .map(step -> new Envelope.Point(step.step(), value.applyAsDouble(step)))
        .toList();
  }

  private Map<String, Double> baselines() {
    Map<String, Double> baselines = new LinkedHashMap<>();
    if (details.find(BASELINES).orElse(null) instanceof JsonObject object) {
      for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
        if (member.getValue() instanceof JsonDecimal(double value)) {
          baselines.put(member.getKey(), value);
        } else if (member.getValue() instanceof JsonInteger(long value)) {
          baselines.put(member.getKey(), (double) value);
        }
      }
    }
    return baselines;
  }

  private String samples() {
    List<StepRecord> sampled = records.stream().filter(step -> step.sample() != null).toList();
    int count = Math.min(MOST_SAMPLES, sampled.size());
    StringBuilder text = new StringBuilder();
    if (count < sampled.size()) {
      text.append(
          "<p class=\"note\">%d of %d, evenly spread; newest first</p>"
              .formatted(count, sampled.size()));
    }
    for (int index = count - 1; index >= 0; index--) {
      int chosen = count == 1 ? 0 : (int) ((long) index * (sampled.size() - 1) / (count - 1));
      StepRecord step = sampled.get(chosen);
      StepRecord.Sample sample = step.sample();
      if (sample != null) {
        text.append(index == count - 1 ? "<details open>" : "<details>");
        text.append("<summary>Step ").append(NumberText.count(step.step()));
        text.append("</summary><pre><span class=\"prompt\">");
        text.append(SafeText.html(SafeText.shorten(sample.prompt(), LONGEST_SAMPLE)));
        text.append("</span>");
        text.append(SafeText.html(SafeText.shorten(sample.text(), LONGEST_SAMPLE)));
        text.append("</pre></details>\n");
      }
    }
    return text.toString();
  }

  private void detailTables() {
    Map<String, JsonValue> own = new LinkedHashMap<>();
    Map<String, JsonObject> groups = new LinkedHashMap<>();
    details
        .members()
        .forEach(
            (key, value) -> {
              if (value instanceof JsonObject group) {
                groups.put(key, group);
              } else {
                own.put(key, value);
              }
            });
    section("Provenance", table(own, false));
    groups.forEach(
        (key, group) -> {
          if (key.equals(MEMORY)) {
            section("Memory plan", table(group.members(), true));
          } else if (key.equals(BASELINES)) {
            section("Baselines, bits per byte", table(group.members(), false));
          } else {
            section(title(key), table(group.members(), false));
          }
        });
  }

  private static String table(Map<String, JsonValue> values, boolean bytes) {
    if (values.isEmpty()) {
      return "";
    }
    StringBuilder table = new StringBuilder("<div class=\"scroll\"><table>");
    rows(table, "", values, bytes);
    return table.append("</table></div>").toString();
  }

  private static void rows(
      StringBuilder table, String prefix, Map<String, JsonValue> values, boolean bytes) {
    values.forEach(
        (key, value) -> {
          if (value instanceof JsonObject group && prefix.isEmpty()) {
            rows(table, title(key) + ": ", group.members(), bytes);
          } else {
            table.append("<tr><th scope=\"row\">").append(SafeText.html(prefix + title(key)));
            table.append("</th><td>");
            table.append(SafeText.html(show(value, bytes || key.endsWith("bytes"))));
            table.append("</td></tr>");
          }
        });
  }

  private static String show(JsonValue value, boolean bytes) {
    return switch (value) {
      case JsonString(String text) -> SafeText.shorten(text, LONGEST_SAMPLE);
      case JsonInteger(long number) when bytes ->
          NumberText.bytes(number) + " (" + NumberText.count(number) + ")";
      case JsonInteger(long number) -> Long.toString(number);
      case JsonDecimal(double number) -> Double.toString(number);
      case JsonBool(boolean truth) -> truth ? "yes" : "no";
      case JsonNull _ -> "–";
      case JsonArray array -> join(array);
      case JsonObject object -> SafeText.shorten(object.toString(), LONGEST_SAMPLE);
    };
  }

  private static String join(JsonArray array) {
    List<String> parts = new ArrayList<>();
    for (JsonValue element : array.elements()) {
      parts.add(show(element, false));
    }
    return SafeText.shorten(String.join(", ", parts), LONGEST_SAMPLE);
  }

  private static String title(String key) {
    if (ACRONYMS.contains(key)) {
      return key.toUpperCase(Locale.ROOT);
    }
    String text = SafeText.shorten(key, 200).replace('_', ' ');
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
