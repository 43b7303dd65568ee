package dev.hadal.cli;

import dev.hadal.text.AnswerEvent;

/**
 * Writes an answer as it comes. On a terminal reasoning is dim, between two marks; elsewhere each
 * of its lines, as each call, begins with a word that says what it is.
 */
final class ChatView {
  private static final String DIM = "\u001b[2m";
  private static final String PLAIN = "\u001b[0m";

  private final Console console;
  private final boolean colours;
  private Part part = Part.NOTHING;
  private boolean lineBegun;

  private enum Part {
    NOTHING,
    REASONING,
    CONTENT,
    CALL
  }

  /**
   * A view of one answer.
   *
   * @param colours whether a terminal may be told to dim; others never are
   */
  ChatView(Console console, boolean colours) {
    this.console = console;
    this.colours = colours && console.terminal();
  }

  void show(AnswerEvent event) {
    switch (event) {
      case AnswerEvent.Reasoning(String text) -> {
        begin(Part.REASONING);
        reasoning(text);
      }
      case AnswerEvent.Content(String text) -> {
        begin(Part.CONTENT);
        write(text);
      }
      case AnswerEvent.CallStart call -> {
        endPart();
        part = Part.CALL;
        write("call: " + call.name() + " ");
      }
      case AnswerEvent.CallArguments call -> write(call.text());
      case AnswerEvent.CallEnd end -> write(end.complete() ? "" : " (not complete)");
    }
    console.out().flush();
  }

  /** Ends the answer's last line. */
  void end() {
    endPart();
    console.out().flush();
  }

  private void begin(Part next) {
    if (part != next) {
      endPart();
      part = next;
      if (next == Part.REASONING && console.terminal()) {
        console.out().print(colours ? DIM : "");
        console.out().println("[thinking]");
      }
    }
  }

  private void endPart() {
    if (lineBegun) {
      write("\n");
    }
    if (part == Part.REASONING && console.terminal()) {
      console.out().println("[/thinking]" + (colours ? PLAIN : ""));
    }
    part = Part.NOTHING;
  }

  private void reasoning(String text) {
    if (console.terminal()) {
      write(text);
      return;
    }
    for (String line : text.splitWithDelimiters("\n", 0)) {
      if (!line.isEmpty()) {
        write(lineBegun || line.equals("\n") ? line : "thinking: " + line);
      }
    }
  }

  private void write(String text) {
    if (!text.isEmpty()) {
      console.out().print(console.shown(text));
      lineBegun = !text.endsWith("\n");
    }
  }
}
