package dev.hadal.train;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Expert loads as pictures: one a layer, time to the right, an expert a row. */
final class LoadHeatMap {
  private static final int MOST_COLUMNS = 160;
  private static final int MOST_CELLS = 240_000;

  private LoadHeatMap() {}

  /** Loads of neighbouring records added up: [layer][expert] from one step to another. */
  private record Column(long from, long to, double[][] loads) {}

  /** The figures; nothing where no record holds loads. */
  static String html(List<StepRecord> records) {
    List<StepRecord> loaded = new ArrayList<>();
    long[][] shape = null;
    for (StepRecord step : records) {
      long[][] loads = step.loads();
      if (loads != null && loads.length > 0 && loads[0].length > 0) {
        shape = shape == null ? loads : shape;
        if (sameShape(shape, loads)) {
          loaded.add(step);
        }
      }
    }
    if (shape == null) {
      return "";
    }
    long cells = 0;
    for (long[] layer : shape) {
      cells += layer.length;
    }
    int most = Math.clamp(MOST_CELLS / cells, 1, MOST_COLUMNS);
    List<Column> columns = columns(loaded, Math.min(most, loaded.size()), shape);
    StringBuilder html = new StringBuilder("<div class=\"maps\">");
    for (int layer = 0; layer < shape.length; layer++) {
      figure(html, layer, shape[layer].length, columns);
    }
    return html.append("</div>\n").append(key()).toString();
  }

  private static boolean sameShape(long[][] a, long[][] b) {
    if (a.length != b.length) {
      return false;
    }
    for (int layer = 0; layer < a.length; layer++) {
      if (a[layer].length != b[layer].length) {
        return false;
      }
    }
    return true;
  }

  private static List<Column> columns(List<StepRecord> loaded, int count, long[][] shape) {
    List<Column> columns = new ArrayList<>();
    for (int column = 0; column < count; column++) {
      int from = (int) ((long) column * loaded.size() / count);
      int to = (int) ((column + 1L) * loaded.size() / count);
      double[][] sums = new double[shape.length][];
      for (int layer = 0; layer < shape.length; layer++) {
        sums[layer] = new double[shape[layer].length];
        for (StepRecord step : loaded.subList(from, to)) {
          long[][] loads = step.loads();
          for (int expert = 0; loads != null && expert < sums[layer].length; expert++) {
            sums[layer][expert] += loads[layer][expert];
          }
        }
      }
      columns.add(new Column(loaded.get(from).step(), loaded.get(to - 1).step(), sums));
    }
    return columns;
  }

  private static void figure(StringBuilder html, int layer, int experts, List<Column> columns) {
    byte[] indices = new byte[experts * columns.size()];
    for (int column = 0; column < columns.size(); column++) {
      double[] loads = columns.get(column).loads()[layer];
      double sum = 0;
      for (double load : loads) {
        sum += load;
      }
      for (int expert = 0; expert < experts; expert++) {
        indices[expert * columns.size() + column] =
            (byte) PalettePng.index(loads[expert], sum / experts);
      }
    }
    Base64.Encoder base64 = Base64.getEncoder();
    StringBuilder steps = new StringBuilder();
    for (Column column : columns) {
      steps.append(steps.isEmpty() ? "" : ",").append(column.to());
    }
    String picture = base64.encodeToString(PalettePng.write(indices, columns.size(), experts));
    html.append("<figure class=\"map\"><figcaption><h3>Routing layer ").append(layer + 1);
    html.append("</h3><p class=\"note\">%d experts</p></figcaption>".formatted(experts));
    html.append("<div class=\"plot\" data-steps=\"").append(steps);
    html.append("\" data-experts=\"").append(experts).append("\" data-cells=\"");
    html.append(base64.encodeToString(indices)).append("\"><img alt=\"Loads of the experts of ");
    html.append("routing layer ").append(layer + 1).append("\" src=\"data:image/png;base64,");
    html.append(picture).append("\"></div><div class=\"steps\"><span>step ");
    html.append(NumberText.count(columns.getFirst().from())).append("</span><span>");
    html.append(NumberText.count(columns.getLast().to())).append("</span></div></figure>");
  }

  private static String key() {
    byte[] ramp = new byte[256];
    for (int index = 0; index < ramp.length; index++) {
      ramp[index] = (byte) index;
    }
    String picture = Base64.getEncoder().encodeToString(PalettePng.write(ramp, ramp.length, 1));
    return "<div class=\"key\"><span>no tokens</span><div><img alt=\"Colours from no load to much\""
        + " src=\"data:image/png;base64,"
        + picture
        + "\"><p><span class=\"k3\">⅓</span><span class=\"k1\">1 × mean</span>"
        + "<span class=\"k2\">3</span></p></div><span>everything</span></div>\n";
  }
}
