package dev.hadal.text;

import dev.hadal.format.JsonObject;
import java.util.List;

/**
 * What a chat template makes a prompt of.
 *
 * @param messages in order
 * @param tools the functions that the model may ask for
 * @param generates whether the prompt ends where the model's answer begins
 * @param options further variables of the template, such as {@code thinking} ({@code
 *     chat_template_kwargs} of requests)
 */
public record Conversation(
    List<ChatMessage> messages, List<ToolDefinition> tools, boolean generates, JsonObject options) {
  /** Copies the lists. */
  public Conversation {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
  }

  /** Messages to be answered, without tools and options. */
  public static Conversation of(List<ChatMessage> messages) {
    return new Conversation(messages, List.of(), true, JsonObject.builder().build());
  }

  /** The characters in all messages, tools and options, about. */
  long characters() {
    long count = options.toString().length();
    for (ChatMessage message : messages) {
      count += message.content().map(String::length).orElse(0);
      count += message.reasoning().map(String::length).orElse(0);
      for (ToolCall call : message.toolCalls()) {
        count += call.name().length() + (long) call.arguments().length();
      }
    }
    for (ToolDefinition tool : tools) {
      count += tool.json().toString().length();
    }
    return count;
  }
}
