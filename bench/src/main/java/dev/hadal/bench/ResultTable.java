package dev.hadal.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Results as lines for people: aligned columns, numbers with four significant digits. */
final class ResultTable {
  private static final List<String> HEAD =
      List.of("name", "shape", "threads", "tier", "value", "unit", "limit", "share", "ratio");

  /** Columns of numbers, which are aligned to the right. */
  private static final List<String> NUMBERS =
      List.of("threads", "value", "limit", "share", "ratio");

  private ResultTable() {}

  static List<String> lines(List<BenchResult> results) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    results.forEach(result -> rows.add(cells(result)));
    int[] widths = new int[HEAD.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - row.get(i).length());
        boolean right = NUMBERS.contains(HEAD.get(i));
        line.append(right ? padding + row.get(i) : row.get(i) + padding).append("  ");
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  private static List<String> cells(BenchResult result) {
    return List.of(
        result.name(),
        result.shape(),
        String.valueOf(result.threads()),
        result.tier(),
        number(result.value()),
        result.unit(),
        result.limit() == 0 ? "" : number(result.limit()),
        result.limit() == 0 ? "" : String.format(Locale.ROOT, "%.1f %%", 100 * result.share()),
        result.peer() == 0 ? "" : String.format(Locale.ROOT, "%.2f", result.ratio()));
  }

  /** Four significant digits, without an exponent. */
  static String number(double value) {
    double size = Math.abs(value);
    int digits = size >= 1000 || size == 0 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    if (size > 0 && size < 1) {
      digits = 3 - (int) Math.floor(Math.log10(size));
    }
    return String.format(Locale.ROOT, "%." + Math.min(digits, 9) + "f", value);
  }
}
