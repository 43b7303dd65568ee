package dev.hadal.cli;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import dev.hadal.text.ChatMessage;
import dev.hadal.text.TextException;
import dev.hadal.text.ToolCall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The messages of a chat as a file: a JSON array of messages as requests have them. */
final class ChatFile {
  private ChatFile() {}

  /**
   * Writes a file that is not there yet.
   *
   * @throws UsageException if it is, or cannot be written
   */
  static void write(Path file, List<ChatMessage> messages) {
    OutputPaths.requireFile("/save", file);
    if (Files.exists(file)) {
      throw new UsageException("/save: %s is there already".formatted(file));
    }
    Json.write(file, json(messages));
  }

  static JsonArray json(List<ChatMessage> messages) {
    return JsonArray.of(messages.stream().<JsonValue>map(ChatFile::json).toList());
  }

  private static JsonObject json(ChatMessage message) {
    JsonObject.Builder json = JsonObject.builder().put("role", message.role().label());
    message
        .content()
        .ifPresentOrElse(
            text -> json.put("content", text), () -> json.put("content", new JsonNull()));
    message.reasoning().ifPresent(text -> json.put("reasoning_content", text));
    message.toolCallId().ifPresent(id -> json.put("tool_call_id", id));
    message.name().ifPresent(name -> json.put("name", name));
    if (!message.toolCalls().isEmpty()) {
      json.put(
          "tool_calls",
          JsonArray.of(message.toolCalls().stream().<JsonValue>map(ChatFile::json).toList()));
    }
    return json.build();
  }

  private static JsonObject json(ToolCall call) {
    return JsonObject.builder()
        .put("id", call.id())
        .put("type", "function")
        .put(
            "function",
            JsonObject.builder()
                .put("name", call.name())
                .put("arguments", call.arguments())
                .build())
        .build();
  }

  /**
   * Reads a file.
   *
   * @throws FormatException if it is not such an array, naming the field
   * @throws InputException if a message is not possible
   */
  static List<ChatMessage> read(Path file) {
    return messages(file.toString(), Json.read(file, JsonLimits.FILE));
  }

  /** The messages of a JSON text. */
  static List<ChatMessage> messages(String name, JsonValue json) {
    if (!(json instanceof JsonArray array)) {
      throw new InputException(name + ": expected a JSON array of messages, found something else");
    }
    List<ChatMessage> messages = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      try {
        messages.add(message(array.getObject(i)));
      } catch (TextException e) {
        throw new InputException("%s: message %d: %s".formatted(name, i, e.getMessage()), e);
      }
    }
    return messages;
  }

  private static ChatMessage message(JsonObject json) {
    return new ChatMessage(
        ChatMessage.Role.of(json.getString("role")),
        text(json, "content"),
        text(json, "reasoning_content"),
        calls(json),
        text(json, "tool_call_id"),
        text(json, "name"),
        false);
  }

  private static Optional<String> text(JsonObject json, String name) {
    return json.find(name)
        .filter(value -> !(value instanceof JsonNull))
        .map(_ -> json.getString(name));
  }

  private static List<ToolCall> calls(JsonObject json) {
    if (!json.has("tool_calls")) {
      return List.of();
    }
    JsonArray array = json.getArray("tool_calls");
    List<ToolCall> calls = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      JsonObject call = array.getObject(i);
      JsonObject function = call.getObject("function");
      calls.add(
          new ToolCall(
              call.getString("id"), function.getString("name"), function.getString("arguments")));
    }
    return calls;
  }
}
