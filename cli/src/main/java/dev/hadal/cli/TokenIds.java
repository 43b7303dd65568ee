package dev.hadal.cli;

import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonValue;
import dev.hadal.format.Quoting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Token ids as people and programs write them. */
final class TokenIds {
  private TokenIds() {}

  /** The arrays of ids in a JSON array of arrays; {@code where} is for messages. */
  static List<int[]> arrays(String where, JsonValue json) {
    if (!(json instanceof JsonArray outer)) {
      throw new InputException(where + ": expected an array of arrays of token ids");
    }
    List<int[]> all = new ArrayList<>();
    for (int i = 0; i < outer.size(); i++) {
      JsonArray inner = outer.getArray(i);
      int[] ids = new int[inner.size()];
      for (int j = 0; j < ids.length; j++) {
        ids[j] = inner.getInt(j);
      }
      all.add(ids);
    }
    return all;
  }

  /** The ids in a text; white space, commas and brackets separate them. */
  static int[] text(String where, String text) {
    return words(where, Arrays.asList(text.split("[\\s,\\[\\]]+")));
  }

  /** The ids that words spell; empty words are passed over. */
  static int[] words(String where, List<String> words) {
    return words.stream()
        .filter(word -> !word.isEmpty())
        .mapToInt(word -> word(where, word))
        .toArray();
  }

  private static int word(String where, String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      throw new InputException(
          "%s: expected a token id, found '%s'".formatted(where, Quoting.printable(word)), e);
    }
  }
}
