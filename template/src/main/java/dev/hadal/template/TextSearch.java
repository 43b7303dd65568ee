package dev.hadal.template;

/**
 * Finds a text in another in linear time. {@code String.indexOf} compares anew at every place: with
 * a long text to find, a hostile template could make it run for hours.
 */
final class TextSearch {
  /** Up to this length, comparing anew is quicker. */
  private static final int SHORT = 32;

  private TextSearch() {}

  /** The first place from a start at which the part is, or -1. */
  static int find(String text, String part, int from, Budget budget) {
    int found =
        part.length() <= SHORT ? text.indexOf(part, from) : findLong(text, part, from, budget);
    budget.read((found < 0 ? text.length() : found) - (long) Math.min(from, text.length()));
    return found;
  }

  /** The last place up to an end at which the part is, or -1. */
  static int findLast(String text, String part, int end, Budget budget) {
    if (part.length() <= SHORT) {
      int found = text.lastIndexOf(part, end - part.length());
      budget.read((long) end - Math.max(found, 0));
      return found;
    }
    budget.text(end + (long) part.length());
    int mirrored = findLong(mirrored(text, end), mirrored(part, part.length()), 0, budget);
    return mirrored < 0 ? -1 : end - mirrored - part.length();
  }

  private static String mirrored(String text, int end) {
    char[] mirrored = new char[end];
    for (int i = 0; i < end; i++) {
      mirrored[i] = text.charAt(end - 1 - i);
    }
    return new String(mirrored);
  }

  /** The algorithm of Knuth, Morris and Pratt. */
  private static int findLong(String text, String part, int from, Budget budget) {
    budget.items(part.length());
    int[] border = new int[part.length()];
    for (int i = 1, k = 0; i < part.length(); i++) {
      while (k > 0 && part.charAt(i) != part.charAt(k)) {
        k = border[k - 1];
      }
      k += part.charAt(i) == part.charAt(k) ? 1 : 0;
      border[i] = k;
    }
    for (int at = from, k = 0; at < text.length(); at++) {
      while (k > 0 && text.charAt(at) != part.charAt(k)) {
        k = border[k - 1];
      }
      k += text.charAt(at) == part.charAt(k) ? 1 : 0;
      if (k == part.length()) {
        return at - k + 1;
      }
    }
    return -1;
  }
}
