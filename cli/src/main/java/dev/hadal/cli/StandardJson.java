package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import java.util.ArrayList;
import java.util.List;

/** JSON arrays on standard input. */
final class StandardJson {
  private static final String NAME = "standard input";
  private static final JsonLimits LIMITS = new JsonLimits(256L << 20, 8, 128 << 20, 1024);

  private StandardJson() {}

  static List<String> strings(Console console) {
    return array(console, "strings").toStrings();
  }

  static List<int[]> idArrays(Console console) {
    JsonArray outer = array(console, "id arrays");
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

  private static JsonArray array(Console console, String what) {
    if (Json.parse(NAME, console.readBytes(), LIMITS) instanceof JsonArray array) {
      return array;
    }
    throw new InputException(NAME + ": expected a JSON array of " + what);
  }
}
