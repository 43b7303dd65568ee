package dev.hadal.text;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import java.util.Optional;

/** The arguments of a tool call, which a model wrote: a JSON object, or not. */
final class ArgumentsJson {
  private ArgumentsJson() {}

  /** The object that a text is; empty where it is none. */
  static Optional<JsonObject> read(String text) {
    try {
      return Json.parse("arguments", text, JsonLimits.CONFIGURATION) instanceof JsonObject object
          ? Optional.of(object)
          : Optional.empty();
    } catch (FormatException e) {
      return Optional.empty();
    }
  }
}
