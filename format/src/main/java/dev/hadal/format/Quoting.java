package dev.hadal.format;

/** Foreign text made fit for a message: one line, no control characters, bounded length. */
public final class Quoting {
  private static final int LONGEST = 80;

  private Quoting() {}

  /** The text in quotation marks. */
  public static String quote(String text) {
    return '"' + printable(text) + '"';
  }

  /** The text with unprintable characters replaced and the rest of a long one cut. */
  public static String printable(String text) {
    StringBuilder shown = new StringBuilder(Math.min(text.length(), LONGEST) + 1);
    for (int i = 0; i < text.length(); i++) {
      if (i == LONGEST) {
        return shown.append('…').toString();
      }
      char c = text.charAt(i);
      shown.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
    }
    return shown.toString();
  }
}
