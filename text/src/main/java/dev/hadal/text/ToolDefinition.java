package dev.hadal.text;

import dev.hadal.format.FormatException;
import dev.hadal.format.JsonObject;
import dev.hadal.template.Quoted;

/**
 * A function that a model may ask to have called (OpenAI's chat completions, {@code tools}).
 *
 * @param name the function's name
 * @param json all that was said about it, {@code {"type": "function", "function": {…}}}
 */
public record ToolDefinition(String name, JsonObject json) {
  /**
   * Reads a definition; fields that are not known stay, for the template may know them.
   *
   * @throws TextException if it is no function with a name
   */
  public static ToolDefinition of(JsonObject json) {
    try {
      String type = json.getString("type", "function");
      if (!type.equals("function")) {
        throw json.error("type", "expected function, found " + Quoted.text(type));
      }
      String name = json.getObject("function").getString("name");
      if (name.isEmpty()) {
        throw json.error("function.name", "expected a name, found an empty text");
      }
      return new ToolDefinition(name, json);
    } catch (FormatException e) {
      throw new TextException(String.valueOf(e.getMessage()), e);
    }
  }
}
