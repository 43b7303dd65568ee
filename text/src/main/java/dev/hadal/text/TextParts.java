package dev.hadal.text;

/**
 * Where text is cut before {@link EncodingRule#TIKTOKEN}: a part has at most so many characters,
 * and at most so many in a row that are white space, or that are not. White space is Python's
 * {@code str.isspace}: Unicode's, and the four separators U+001C to U+001F.
 */
final class TextParts {
  private static final int MOST_CHARACTERS = 400_000;
  private static final int LONGEST_RUN = 25_000;

  private TextParts() {}

  /** The ends of the parts of a text in valid UTF-8, the last one the text's; none of no text. */
  static IntList ends(byte[] utf8) {
    IntList ends = new IntList(2);
    if (utf8.length <= LONGEST_RUN) {
      return whole(utf8, ends);
    }
    UnicodeClasses unicode = UnicodeClasses.instance();
    int characters = 0;
    int run = 0;
    boolean spaces = false;
    for (int at = 0; at < utf8.length; at += Utf8.width(utf8[at])) {
      boolean space = isSpace(unicode, Utf8.codePoint(utf8, at));
      if (characters == MOST_CHARACTERS) {
        ends.add(at);
        characters = 0;
        run = 0;
      } else if (space == spaces && run == LONGEST_RUN) {
        ends.add(at);
        run = 0;
      }
      run = space == spaces ? run + 1 : 1;
      spaces = space;
      characters++;
    }
    return whole(utf8, ends);
  }

  private static IntList whole(byte[] utf8, IntList ends) {
    if (utf8.length > 0) {
      ends.add(utf8.length);
    }
    return ends;
  }

  private static boolean isSpace(UnicodeClasses unicode, int codePoint) {
    return (codePoint >= 0x1C && codePoint <= 0x1F)
        || (unicode.of(codePoint) & UnicodeClasses.SPACE) != 0;
  }
}
