package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import java.util.List;

/** JSON arrays on standard input. */
final class StandardJson {
  private static final String NAME = "standard input";
  private static final JsonLimits LIMITS = new JsonLimits(256L << 20, 8, 128 << 20, 1024, 1 << 26);

  private StandardJson() {}

  static List<String> strings(Console console) {
    if (Json.parse(NAME, console.readBytes(), LIMITS) instanceof JsonArray array) {
      return array.toStrings();
    }
    throw new InputException(NAME + ": expected a JSON array of strings");
  }

  static List<int[]> idArrays(Console console) {
    return TokenIds.arrays(NAME, Json.parse(NAME, console.readBytes(), LIMITS));
  }
}
