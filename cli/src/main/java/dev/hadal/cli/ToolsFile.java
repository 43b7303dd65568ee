package dev.hadal.cli;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import dev.hadal.format.Quoting;
import dev.hadal.text.TextException;
import dev.hadal.text.ToolDefinition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The functions that a model may ask to have called, as a file: a JSON array of definitions as
 * requests have them (OpenAI's chat completions, {@code tools}).
 */
final class ToolsFile {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

  private ToolsFile() {}

  /**
   * Reads a file.
   *
   * @throws FormatException if it is not JSON or a field is of another type, naming the field
   * @throws InputException if a definition is not possible
   */
  static List<ToolDefinition> read(Path file) {
    return definitions(file.toString(), Json.read(file, JsonLimits.CONFIGURATION));
  }

  /** The definitions of a JSON text. */
  static List<ToolDefinition> definitions(String name, JsonValue json) {
    if (!(json instanceof JsonArray array)) {
      throw new InputException(name + ": expected a JSON array of tools, found something else");
    }
    List<ToolDefinition> tools = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < array.size(); i++) {
      ToolDefinition tool = definition(name, i, array.getObject(i));
      if (!names.add(tool.name())) {
        throw error(name, i, "expected each name once, found %s twice".formatted(tool.name()));
      }
      tools.add(tool);
    }
    return tools;
  }

  private static ToolDefinition definition(String file, int index, JsonObject json) {
    try {
      ToolDefinition tool = ToolDefinition.of(json);
      if (!NAME.matcher(tool.name()).matches()) {
        throw error(
            file,
            index,
            "function.name: expected 1 to 64 of a-z, A-Z, 0-9, _, . and -, found "
                + Quoting.quote(tool.name()));
      }
      JsonObject function = json.getObject("function");
      function.getString("description", "");
      function.findObject("parameters");
      return tool;
    } catch (TextException e) {
      throw new InputException("%s: tool %d: %s".formatted(file, index, e.getMessage()), e);
    }
  }

  private static InputException error(String file, int index, String problem) {
    return new InputException("%s: tool %d: %s".formatted(file, index, problem));
  }
}
