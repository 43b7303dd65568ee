package dev.hadal.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleFunction;

/**
 * A chart as HTML: curves in an inline SVG that stretches with the page, labels as text beside it,
 * so that they keep their size on a narrow screen. A band shows the extremes where several steps
 * share one point. The points stand in an attribute too, for the values under a pointer.
 */
final class LineChart {
  static final int MOST_POINTS = 320;
  private static final double HEIGHT = 200;
  private static final double WIDTH = 1000;

  private final String title;
  private final String unit;
  private final DoubleFunction<String> format;
  private final boolean mayBeLogarithmic;
  private final List<String> names = new ArrayList<>();
  private final List<Envelope> curves = new ArrayList<>();
  private final List<Map.Entry<String, Double>> baselines = new ArrayList<>();
  private boolean dots;

  LineChart(String title, String unit, DoubleFunction<String> format, boolean mayBeLogarithmic) {
    this.title = title;
    this.unit = unit;
    this.format = format;
    this.mayBeLogarithmic = mayBeLogarithmic;
  }

  /** Adds a curve; one without finite points is passed over. */
  LineChart curve(String name, List<Envelope.Point> points) {
    Envelope envelope = Envelope.of(points, MOST_POINTS);
    if (!envelope.buckets().isEmpty()) {
      names.add(name);
      curves.add(envelope);
    }
    return this;
  }

  /** Adds a level to compare with. */
  LineChart baseline(String name, double value) {
    if (Double.isFinite(value)) {
      baselines.add(Map.entry(name, value));
    }
    return this;
  }

  /** Marks single points, for curves with few of them. */
  LineChart dots() {
    dots = true;
    return this;
  }

  /** The figure; nothing where there is no curve. */
  String html() {
    if (curves.isEmpty()) {
      return "";
    }
    ChartScale scale = scale();
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    long notFinite = 0;
    for (Envelope curve : curves) {
      first = Math.min(first, curve.buckets().getFirst().from());
      last = Math.max(last, curve.buckets().getLast().to());
      notFinite += curve.notFinite();
    }
    StringBuilder html = new StringBuilder();
    html.append("<figure class=\"chart\"><figcaption><h3>").append(SafeText.html(title));
    html.append("</h3><p class=\"note\">").append(SafeText.html(note(scale, notFinite)));
    html.append("</p></figcaption>");
    legend(html);
    html.append("<div class=\"frame\"><div class=\"ticks\" aria-hidden=\"true\">");
    for (double tick : scale.ticks()) {
      html.append("<span style=\"bottom:%s%%\">".formatted(number(100 * scale.height(tick))));
      html.append(SafeText.html(tick(tick))).append("</span>");
    }
    html.append("</div><div class=\"plot\" tabindex=\"0\" data-chart=\"");
    html.append(SafeText.html(data(scale, first, last)));
    html.append("\"><svg viewBox=\"0 0 %.0f %.0f\" ".formatted(WIDTH, HEIGHT));
    html.append("preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    html.append(SafeText.html(title)).append("\">");
    for (double tick : scale.ticks()) {
      horizontal(html, "grid", scale, tick);
    }
    for (int index = 0; index < curves.size(); index++) {
      curve(html, index, scale, first, last);
    }
    for (Map.Entry<String, Double> baseline : baselines) {
      horizontal(html, "baseline", scale, baseline.getValue());
    }
    html.append("</svg>");
    for (Map.Entry<String, Double> baseline : baselines) {
      html.append("<span class=\"level\" style=\"bottom:");
      html.append(number(100 * scale.height(baseline.getValue()))).append("%\">");
      html.append(SafeText.html(baseline.getKey())).append("</span>");
    }
    html.append("</div></div><div class=\"steps\"><span>step ");
    html.append(NumberText.count(first)).append("</span><span>");
    html.append(NumberText.count(last)).append("</span></div></figure>\n");
    return html.toString();
  }

  private ChartScale scale() {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (Envelope curve : curves) {
      for (Envelope.Bucket bucket : curve.buckets()) {
        least = Math.min(least, bucket.least());
        most = Math.max(most, bucket.most());
      }
    }
    for (Map.Entry<String, Double> baseline : baselines) {
      least = Math.min(least, baseline.getValue());
      most = Math.max(most, baseline.getValue());
    }
    return ChartScale.of(least, most, mayBeLogarithmic);
  }

  private String note(ChartScale scale, long notFinite) {
    List<String> parts = new ArrayList<>();
    if (!unit.isEmpty()) {
      parts.add(unit);
    }
    if (scale.logarithmic()) {
      parts.add("logarithmic scale");
    }
    if (notFinite > 0) {
      parts.add("values not finite or beyond 1e30, left out: " + NumberText.count(notFinite));
    }
    return String.join("; ", parts);
  }

  private void legend(StringBuilder html) {
    html.append("<ul class=\"legend\">");
    for (int index = 0; index < curves.size(); index++) {
      html.append("<li class=\"c").append(index).append("\"><i></i>");
      html.append(SafeText.html(names.get(index))).append(" <b>");
      html.append(SafeText.html(format.apply(curves.get(index).buckets().getLast().mean())));
      html.append("</b></li>");
    }
    for (Map.Entry<String, Double> baseline : baselines) {
      html.append("<li class=\"base\"><i></i>").append(SafeText.html(baseline.getKey()));
      html.append(" <b>").append(SafeText.html(format.apply(baseline.getValue())));
      html.append("</b></li>");
    }
    html.append("</ul>");
  }

  private void curve(StringBuilder html, int index, ChartScale scale, long first, long last) {
    List<Envelope.Bucket> buckets = curves.get(index).buckets();
    StringBuilder line = new StringBuilder();
    StringBuilder upper = new StringBuilder();
    StringBuilder lower = new StringBuilder();
    StringBuilder marks = new StringBuilder();
    boolean band = false;
    for (int i = 0; i < buckets.size(); i++) {
      Envelope.Bucket bucket = buckets.get(i);
      String x = number(x(bucket, first, last));
      String point = x + " " + number(y(scale, bucket.mean()));
      line.append(i == 0 ? "M" : "L").append(point);
      upper.append(i == 0 ? "M" : "L").append(x).append(' ');
      upper.append(number(y(scale, bucket.most())));
      lower.insert(0, "L" + x + " " + number(y(scale, bucket.least())));
      band |= bucket.count() > 1;
      if ((dots && buckets.size() <= 80) || buckets.size() == 1) {
        marks.append("M").append(point).append("h0");
      }
    }
    if (band) {
      html.append("<path class=\"band c%d\" d=\"%s%sZ\"/>".formatted(index, upper, lower));
    }
    html.append("<path class=\"line c%d\" d=\"%s\"/>".formatted(index, line));
    if (!marks.isEmpty()) {
      html.append("<path class=\"dots c%d\" d=\"%s\"/>".formatted(index, marks));
    }
  }

  private void horizontal(StringBuilder html, String style, ChartScale scale, double value) {
    html.append(
        "<path class=\"%s\" d=\"M0 %sH%.0f\"/>".formatted(style, number(y(scale, value)), WIDTH));
  }

  /**
   * The points for the script: curves apart by {@code #}, points by {@code ;}, and in a point x and
   * y in percent, steps and value by {@code |}.
   */
  private String data(ChartScale scale, long first, long last) {
    StringBuilder data = new StringBuilder();
    for (Envelope curve : curves) {
      data.append(data.isEmpty() ? "" : "#");
      String separator = "";
      for (Envelope.Bucket bucket : curve.buckets()) {
        data.append(separator).append(number(x(bucket, first, last) / WIDTH * 100));
        data.append('|').append(number(100 * y(scale, bucket.mean()) / HEIGHT)).append('|');
        data.append(NumberText.count(bucket.from()));
        if (bucket.to() > bucket.from()) {
          data.append('–').append(NumberText.count(bucket.to()));
        }
        data.append('|').append(format.apply(bucket.mean()));
        if (bucket.count() > 1) {
          data.append(" (").append(format.apply(bucket.least())).append(" to ");
          data.append(format.apply(bucket.most())).append(')');
        }
        separator = ";";
      }
    }
    return data.toString();
  }

  /** A round number without the zeros that say nothing. */
  private String tick(double value) {
    return format
        .apply(value)
        .replaceFirst("(\\.[0-9]*?)0+(?= |$)", "$1")
        .replaceFirst("\\.(?= |$)", "");
  }

  private static double x(Envelope.Bucket bucket, long first, long last) {
    double middle = 0.5 * bucket.from() + 0.5 * bucket.to();
    return last == first ? WIDTH / 2 : (middle - first) / (last - first) * WIDTH;
  }

  private static double y(ChartScale scale, double value) {
    return (1 - scale.height(value)) * HEIGHT;
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
