package dev.hadal.text;

import java.util.function.Consumer;

/**
 * Tells reasoning from the answer. Reasoning begins where the prompt opened it, or with {@code
 * <think>} before anything else is said, and ends with {@code </think>}, or where a tool call
 * begins. White space around the two marks belongs to neither. Elsewhere the marks are text: in an
 * answer that has begun, they are part of it, and {@code <think>} within reasoning is part of that;
 * only a {@code </think>} before anything was said is passed over. Reasoning that never ends is
 * reasoning.
 */
final class ReasoningParser {
  private final ToolCallFormat tools;
  private final Consumer<AnswerEvent> events;
  private final Consumer<AnswerPiece> answer;
  private State state;

  /** White space of which it is not certain yet where it belongs. */
  private final StringBuilder space = new StringBuilder();

  private enum State {
    /** Nothing but white space yet. */
    BEFORE,
    /** Within reasoning, before its first character. */
    OPENED,
    REASONING,
    /** Behind the reasoning's end, before the answer's first character. */
    CLOSED,
    ANSWER
  }

  /**
   * A parser.
   *
   * @param opened whether the prompt ends within reasoning
   * @param answer takes what is not reasoning
   */
  ReasoningParser(
      boolean opened,
      ToolCallFormat tools,
      Consumer<AnswerEvent> events,
      Consumer<AnswerPiece> answer) {
    this.state = opened ? State.OPENED : State.BEFORE;
    this.tools = tools;
    this.events = events;
    this.answer = answer;
  }

  void accept(AnswerPiece piece) {
    switch (state) {
      case BEFORE -> before(piece);
      case OPENED, REASONING -> reasoning(piece);
      case CLOSED -> closed(piece);
      case ANSWER -> answer.accept(piece);
    }
  }

  private void before(AnswerPiece piece) {
    if (piece.is(AnswerMarks.THINK)) {
      space.setLength(0);
      state = State.OPENED;
    } else if (piece.is(AnswerMarks.THINK_END)) {
      space.setLength(0);
      state = State.CLOSED;
    } else if (isSpace(piece)) {
      space.append(piece.text());
    } else {
      begin(piece);
    }
  }

  private void closed(AnswerPiece piece) {
    if (piece.mark()) {
      begin(piece);
      return;
    }
    String rest = piece.text().stripLeading();
    if (!rest.isEmpty()) {
      begin(new AnswerPiece(rest, false));
    }
  }

  private void begin(AnswerPiece first) {
    state = State.ANSWER;
    flush(false);
    answer.accept(first);
  }

  private void reasoning(AnswerPiece piece) {
    if (piece.is(AnswerMarks.THINK_END)) {
      space.setLength(0);
      state = State.CLOSED;
    } else if (piece.is(tools.sectionBegin()) || piece.is(tools.callBegin())) {
      space.setLength(0);
      begin(piece);
    } else {
      think(piece.text());
    }
  }

  private void think(String text) {
    String rest = state == State.OPENED ? text.stripLeading() : text;
    String body = rest.stripTrailing();
    if (!body.isEmpty()) {
      state = State.REASONING;
      flush(true);
      events.accept(new AnswerEvent.Reasoning(body));
    }
    space.append(rest, body.length(), rest.length());
  }

  private void flush(boolean reasoning) {
    if (!space.isEmpty()) {
      String text = space.toString();
      space.setLength(0);
      if (reasoning) {
        events.accept(new AnswerEvent.Reasoning(text));
      } else {
        answer.accept(new AnswerPiece(text, false));
      }
    }
  }

  private static boolean isSpace(AnswerPiece piece) {
    return !piece.mark() && piece.text().isBlank();
  }

  void finish() {
    flush(state == State.OPENED || state == State.REASONING);
  }
}
