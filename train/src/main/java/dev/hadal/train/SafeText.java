package dev.hadal.train;

/**
 * Foreign text made fit to be shown. A terminal obeys control characters, text direction marks
 * reorder what stands around them, and half a surrogate pair is not a character: all of them are
 * replaced by a visible sign. Line feeds stay, a tab becomes four spaces.
 */
final class SafeText {
  private static final char UNKNOWN = '\ufffd';
  private static final char PICTURES = '\u2400';

  private SafeText() {}

  /** The text with every character that acts instead of being seen replaced. */
  static String visible(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int character = text.codePointAt(i);
      i += Character.charCount(character);
      if (character == '\n') {
        shown.append('\n');
      } else if (character == '\t') {
        shown.append("    ");
      } else if (character < 0x20) {
        shown.append((char) (PICTURES + character));
      } else if (character == 0x7f) {
        shown.append('\u2421');
      } else if (acts(character)) {
        shown.append(UNKNOWN);
      } else {
        shown.appendCodePoint(character);
      }
    }
    return shown.toString();
  }

  private static boolean acts(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  /** Visible text fit for HTML, between tags or inside a quoted attribute. */
  static String html(String text) {
    String visible = visible(text);
    StringBuilder escaped = new StringBuilder(visible.length() + 16);
    for (int i = 0; i < visible.length(); i++) {
      char c = visible.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        case '`' -> escaped.append("&#96;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  /** At most so many characters, with a mark where something was cut. */
  static String shorten(String text, int longest) {
    if (text.length() <= longest) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(longest - 2)) ? longest - 2 : longest - 1;
    return text.substring(0, end) + "…";
  }
}
