package dev.hadal.generate;

import dev.hadal.text.AnswerEvent;
import dev.hadal.text.ChatMessage;
import dev.hadal.text.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes a message of the parts of an answer. */
final class AnswerCollector {
  private final StringBuilder reasoning = new StringBuilder();
  private final StringBuilder content = new StringBuilder();
  private final List<AnswerEvent.CallStart> calls = new ArrayList<>();
  private final List<StringBuilder> arguments = new ArrayList<>();

  void accept(AnswerEvent event) {
    switch (event) {
      case AnswerEvent.Reasoning(String text) -> reasoning.append(text);
      case AnswerEvent.Content(String text) -> content.append(text);
      case AnswerEvent.CallStart start -> {
        calls.add(start);
        arguments.add(new StringBuilder());
      }
      case AnswerEvent.CallArguments(int index, String text) -> arguments.get(index).append(text);
      case AnswerEvent.CallEnd _ -> {}
    }
  }

  /** The message so far; one that says nothing has empty content. */
  ChatMessage message() {
    List<ToolCall> made = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      AnswerEvent.CallStart call = calls.get(i);
      made.add(new ToolCall(call.id(), call.name(), arguments.get(i).toString()));
    }
    return new ChatMessage(
        ChatMessage.Role.ASSISTANT,
        content.isEmpty() && !made.isEmpty() ? Optional.empty() : Optional.of(content.toString()),
        reasoning.isEmpty() ? Optional.empty() : Optional.of(reasoning.toString()),
        made,
        Optional.empty(),
        Optional.empty(),
        false);
  }
}
