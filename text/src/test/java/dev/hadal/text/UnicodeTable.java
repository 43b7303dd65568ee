package dev.hadal.text;

/**
 * Writes the table that {@link UnicodeClasses} reads, from the character data of the JDK that runs
 * it. JDK 25 has Unicode 16.0. The main method prints it to standard output.
 */
final class UnicodeTable {
  private UnicodeTable() {}

  static void main() {
    IO.print(text());
  }

  static String text() {
    StringBuilder table =
        new StringBuilder("# Unicode 16.0: first code point of a run, classes of the run\n");
    String previous = "?";
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      String classes = classes(codePoint);
      if (!classes.equals(previous)) {
        table.append("%X %s\n".formatted(codePoint, classes));
        previous = classes;
      }
    }
    return table.toString();
  }

  private static String classes(int codePoint) {
    String category = category(Character.getType(codePoint));
    String kind = kind(Character.getType(codePoint));
    String space = isWhiteSpace(codePoint) ? "s" : "";
    String word = isWord(codePoint, category) ? "w" : "";
    String lineBreak = codePoint == '\n' || codePoint == '\r' ? "b" : "";
    boolean isHan = Character.UnicodeScript.of(codePoint) == Character.UnicodeScript.HAN;
    String all = category + space + word + lineBreak + kind + (isHan ? "h" : "");
    return all.isEmpty() ? "." : all;
  }

  private static String category(int type) {
    return switch (type) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          "L";
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK ->
          "M";
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> "N";
      case Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.CONNECTOR_PUNCTUATION,
          Character.OTHER_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION ->
          "P";
      case Character.MATH_SYMBOL,
          Character.CURRENCY_SYMBOL,
          Character.MODIFIER_SYMBOL,
          Character.OTHER_SYMBOL ->
          "S";
      default -> "";
    };
  }

  /** The kind of a letter: Lu, Ll, Lt, Lm or Lo. */
  private static String kind(int type) {
    return switch (type) {
      case Character.UPPERCASE_LETTER -> "u";
      case Character.LOWERCASE_LETTER -> "l";
      case Character.TITLECASE_LETTER -> "t";
      case Character.MODIFIER_LETTER -> "m";
      case Character.OTHER_LETTER -> "o";
      default -> "";
    };
  }

  /** The property White_Space: separators and the six control characters it names. */
  private static boolean isWhiteSpace(int codePoint) {
    return Character.isSpaceChar(codePoint)
        || (codePoint >= '\t' && codePoint <= '\r')
        || codePoint == 0x85;
  }

  /** Word characters of Unicode Technical Standard 18, annex C. */
  private static boolean isWord(int codePoint, String category) {
    return Character.isAlphabetic(codePoint)
        || category.equals("M")
        || Character.getType(codePoint) == Character.DECIMAL_DIGIT_NUMBER
        || Character.getType(codePoint) == Character.CONNECTOR_PUNCTUATION
        || codePoint == 0x200C
        || codePoint == 0x200D;
  }
}
