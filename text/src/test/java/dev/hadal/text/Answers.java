package dev.hadal.text;

import dev.hadal.text.AnswerEvent.CallArguments;
import dev.hadal.text.AnswerEvent.Content;
import dev.hadal.text.AnswerEvent.Reasoning;
import java.util.ArrayList;
import java.util.List;

/** Collects events and joins neighbours of one kind. */
final class Answers {
  private final List<AnswerEvent> events = new ArrayList<>();

  void add(List<AnswerEvent> more) {
    for (AnswerEvent event : more) {
      AnswerEvent joined = events.isEmpty() ? null : joined(events.getLast(), event);
      if (joined != null) {
        events.removeLast();
      }
      events.add(joined == null ? event : joined);
    }
  }

  List<AnswerEvent> joined() {
    return events;
  }

  @SuppressWarnings("NullAway") // null means that they stay two
  private static AnswerEvent joined(AnswerEvent first, AnswerEvent second) {
    if (first instanceof Content(String a) && second instanceof Content(String b)) {
      return new Content(a + b);
    }
    if (first instanceof Reasoning(String a) && second instanceof Reasoning(String b)) {
      return new Reasoning(a + b);
    }
    if (first instanceof CallArguments(int i, String a)
        && second instanceof CallArguments(int j, String b)
        && i == j) {
      return new CallArguments(i, a + b);
    }
    return null;
  }
}
