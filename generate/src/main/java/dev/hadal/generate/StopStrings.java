package dev.hadal.generate;

import java.util.List;

/**
 * Finds stop texts in a text that comes in parts. What might be the beginning of a stop text is
 * held back until it is clear that it is not, so no part of one is ever given out. The stop text
 * that is complete first counts, of those complete at the same character the longest; hence the
 * result does not depend on how the text was cut.
 */
final class StopStrings {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  StopStrings(List<String> stops) {
    this.stops = stops;
  }

  /** The characters that are now certain not to belong to a stop text. */
  String accept(String text) {
    if (stopped) {
      return "";
    }
    for (int i = 0; i < text.length(); i++) {
      held.append(text.charAt(i));
      int length = complete();
      if (length > 0) {
        stopped = true;
        String before = held.substring(0, held.length() - length);
        held.setLength(0);
        return before;
      }
    }
    int keep = possible();
    // A pair of surrogates is one character.
    int cut = held.length() - keep;
    if (cut > 0 && Character.isHighSurrogate(held.charAt(cut - 1))) {
      cut--;
    }
    String out = held.substring(0, cut);
    held.delete(0, cut);
    return out;
  }

  /** Whether a stop text was found. */
  boolean stopped() {
    return stopped;
  }

  /** What was held back, now that no more comes. */
  String finish() {
    String rest = held.toString();
    held.setLength(0);
    return rest;
  }

  /** The length of the longest stop text that the held text ends with, or 0. */
  private int complete() {
    int longest = 0;
    for (String stop : stops) {
      if (stop.length() > longest && endsWith(stop, stop.length())) {
        longest = stop.length();
      }
    }
    return longest;
  }

  /** The length of the longest end of the held text with which a stop text begins. */
  private int possible() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
        if (endsWith(stop, length)) {
          longest = length;
        }
      }
    }
    return longest;
  }

  /** Whether the held text ends with the first characters of a text. */
  private boolean endsWith(String text, int length) {
    int from = held.length() - length;
    if (from < 0) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (held.charAt(from + i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
