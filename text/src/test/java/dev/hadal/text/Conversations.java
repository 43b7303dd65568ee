package dev.hadal.text;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The conversations of the golden cases of the module template, as this module's records. */
final class Conversations {
  static final Path FOLDER =
      Path.of("..", "template", "src", "test", "resources", "golden", "templates");

  private static final Set<String> FIELDS =
      Set.of("messages", "tools", "add_generation_prompt", "bos_token", "eos_token");

  private Conversations() {}

  /** A golden case; without expected text it must fail. */
  record Case(String name, String template, Conversation conversation, Optional<String> expected) {}

  /** The cases whose messages are texts. */
  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    JsonArray all = (JsonArray) Json.read(FOLDER.resolve("cases.json"), JsonLimits.FILE);
    for (int i = 0; i < all.size(); i++) {
      JsonObject each = all.getObject(i);
      String name = each.getString("name");
      String template = each.getString("template");
      if (!name.endsWith("part") && !name.equals("parts") && !template.equals("features.jinja")) {
        cases.add(
            new Case(
                name,
                template,
                conversation(each.getObject("context")),
                each.find("expected").map(_ -> each.getString("expected"))));
      }
    }
    return cases;
  }

  static String published(String template) {
    try {
      return Files.readString(FOLDER.resolve(template));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Conversation conversation(JsonObject context) {
    List<ChatMessage> messages = new ArrayList<>();
    JsonArray given = context.getArray("messages");
    for (int i = 0; i < given.size(); i++) {
      messages.add(message(given.getObject(i)));
    }
    List<ToolDefinition> tools = new ArrayList<>();
    JsonArray functions = context.findArray("tools").orElse(JsonArray.of(List.of()));
    for (int i = 0; i < functions.size(); i++) {
      tools.add(ToolDefinition.of(functions.getObject(i)));
    }
    JsonObject.Builder options = JsonObject.builder();
    context
        .members()
        .forEach(
            (name, value) -> {
              if (!FIELDS.contains(name)) {
                options.put(name, value);
              }
            });
    return new Conversation(
        messages, tools, context.getBoolean("add_generation_prompt", false), options.build());
  }

  private static ChatMessage message(JsonObject json) {
    List<ToolCall> calls = new ArrayList<>();
    JsonArray given = json.findArray("tool_calls").orElse(JsonArray.of(List.of()));
    for (int i = 0; i < given.size(); i++) {
      JsonObject function = given.getObject(i).getObject("function");
      calls.add(
          new ToolCall(
              given.getObject(i).getString("id"),
              function.getString("name"),
              function.getString("arguments")));
    }
    return new ChatMessage(
        ChatMessage.Role.of(json.getString("role")),
        json.find("content").map(_ -> json.getString("content")),
        Optional.empty(),
        calls,
        json.find("tool_call_id").map(_ -> json.getString("tool_call_id")),
        Optional.empty(),
        json.getBoolean("prefix", false));
  }
}
