package dev.hadal.train;

/** Bars and small curves in characters. */
final class Bars {
  private static final String EIGHTHS = " ▏▎▍▌▋▊▉";
  private static final String LEVELS = "▁▂▃▄▅▆▇█";
  private static final String ASCII_LEVELS = "_.-=+*#@";

  private final boolean unicode;

  Bars(boolean unicode) {
    this.unicode = unicode;
  }

  /** A bar of so many columns, filled to the share. */
  String bar(double share, int columns) {
    int filled = (int) Math.floor(Math.clamp(share, 0, 1) * columns * 8);
    StringBuilder bar = new StringBuilder(columns);
    for (int column = 0; column < columns; column++) {
      int eighths = Math.clamp(filled - 8 * column, 0, 8);
      if (!unicode) {
        bar.append(eighths >= 4 ? '#' : '.');
      } else if (eighths == 8) {
        bar.append('█');
      } else {
        bar.append(eighths == 0 ? '░' : EIGHTHS.charAt(eighths));
      }
    }
    return bar.toString();
  }

  /** One character a value, the lowest value lowest. */
  String sparkline(double[] values) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    String levels = unicode ? LEVELS : ASCII_LEVELS;
    StringBuilder line = new StringBuilder(values.length);
    for (double value : values) {
      double height = most > least ? (value - least) / (most - least) : 0;
      line.append(levels.charAt((int) Math.min(7, Math.floor(height * 8))));
    }
    return line.toString();
  }
}
