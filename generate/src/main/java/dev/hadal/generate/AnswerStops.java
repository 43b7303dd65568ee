package dev.hadal.generate;

import dev.hadal.text.AnswerEvent;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ends an answer before a stop text. Stop texts are looked for in what a model says and in what it
 * thinks, each by itself; in the arguments of a call they would leave half a call.
 */
final class AnswerStops {
  private final List<String> stops;
  private final Consumer<AnswerEvent> next;
  private @Nullable Part part;
  private boolean stopped;

  /**
   * Text of one kind that is still coming.
   *
   * @param reasoning whether it is thought, else it is said
   */
  private record Part(boolean reasoning, StopStrings strings) {
    AnswerEvent event(String text) {
      return reasoning ? new AnswerEvent.Reasoning(text) : new AnswerEvent.Content(text);
    }
  }

  /**
   * For one answer.
   *
   * @param next is told what is certainly before every stop text
   */
  AnswerStops(List<String> stops, Consumer<AnswerEvent> next) {
    this.stops = stops;
    this.next = next;
  }

  void accept(AnswerEvent event) {
    if (stopped) {
      return;
    }
    switch (event) {
      case AnswerEvent.Reasoning(String text) -> text(true, text);
      case AnswerEvent.Content(String text) -> text(false, text);
      case AnswerEvent.CallStart _, AnswerEvent.CallArguments _, AnswerEvent.CallEnd _ -> {
        finish();
        next.accept(event);
      }
    }
  }

  private void text(boolean reasoning, String text) {
    Part current = part;
    if (current == null || current.reasoning != reasoning) {
      finish();
      current = new Part(reasoning, new StopStrings(stops));
      part = current;
    }
    tell(current, current.strings.accept(text));
    stopped = current.strings.stopped();
  }

  private void tell(Part of, String text) {
    if (!text.isEmpty()) {
      next.accept(of.event(text));
    }
  }

  /** Nothing more comes of this part: what might have become a stop text is none. */
  void finish() {
    Part last = part;
    part = null;
    if (last != null) {
      tell(last, last.strings.finish());
    }
  }

  /** Whether a stop text was found. */
  boolean stopped() {
    return stopped;
  }
}
