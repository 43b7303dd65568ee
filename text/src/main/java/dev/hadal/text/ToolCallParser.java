package dev.hadal.text;

import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Finds tool calls in an answer. Nothing is lost: from the beginning of a section or a call, what
 * comes is held until a call is certain, which is when its function's name is; if it does not
 * become one, it is content as it was written, marks included. From then on everything up to the
 * call's end is its arguments; a call that does not end, or whose arguments are not one JSON
 * object, is told as it is, and its end says that it is not complete. In a section, white space
 * between calls is left out; if there is other text between two marks, all of it is content.
 */
final class ToolCallParser {
  /** No name is longer; what goes on without a separator is no call. */
  private static final int LONGEST_HEADER = 256;

  private final ToolCallFormat format;
  private final IntFunction<String> ids;
  private final Consumer<AnswerEvent> events;

  /** What was written since a section or call began, while that is not certain. */
  private final StringBuilder held = new StringBuilder();

  /** What stands between the call's beginning and its arguments. */
  private final StringBuilder header = new StringBuilder();

  private final StringBuilder arguments = new StringBuilder();
  private final FenceStripper fence = new FenceStripper(this::argument);
  private State state = State.CONTENT;
  private boolean inSection;

  /** Whether text was found in a section since the last mark. */
  private boolean textBetween;

  private int calls;

  private enum State {
    CONTENT,
    /** In a section, outside calls. */
    SECTION,
    /** Before the separator: the type, the name or the id. */
    HEADER,
    /** V3 only, behind the separator: the name, up to a line's end. */
    NAME,
    ARGUMENTS
  }

  /**
   * A parser.
   *
   * @param ids gives each call its id, by its number, in formats that have none
   */
  ToolCallParser(ToolCallFormat format, IntFunction<String> ids, Consumer<AnswerEvent> events) {
    this.format = format;
    this.ids = ids;
    this.events = events;
  }

  void accept(AnswerPiece piece) {
    switch (state) {
      case CONTENT -> content(piece);
      case SECTION -> section(piece);
      case HEADER -> header(piece);
      case NAME -> name(piece);
      case ARGUMENTS -> arguments(piece);
    }
  }

  void finish() {
    if (state == State.ARGUMENTS) {
      endCall(false);
    }
    release();
    state = State.CONTENT;
  }

  private void content(AnswerPiece piece) {
    if (piece.is(format.sectionBegin())) {
      held.append(piece.text());
      inSection = true;
      textBetween = false;
      state = State.SECTION;
    } else if (piece.is(format.callBegin())) {
      beginCall(piece);
    } else {
      emit(piece.text());
    }
  }

  private void section(AnswerPiece piece) {
    if (piece.is(format.callBegin())) {
      beginCall(piece);
    } else if (piece.is(format.sectionEnd())) {
      endSection(piece);
    } else if (!textBetween && !piece.mark() && piece.text().isBlank()) {
      held.append(piece.text());
    } else {
      textBetween = true;
      release();
      emit(piece.text());
    }
  }

  /** A section without calls says nothing, but it was written. */
  private void endSection(AnswerPiece piece) {
    boolean blank = held.toString().isBlank();
    held.append(blank ? "" : piece.text());
    if (blank) {
      held.setLength(0);
    }
    release();
    inSection = false;
    state = State.CONTENT;
  }

  private void beginCall(AnswerPiece piece) {
    held.append(piece.text());
    header.setLength(0);
    state = State.HEADER;
  }

  private void header(AnswerPiece piece) {
    if (piece.is(format.separator())) {
      held.append(piece.text());
      switch (format) {
        case DEEPSEEK_V3 -> {
          header.setLength(0);
          state = State.NAME;
        }
        case DEEPSEEK_V3_1 -> start(header.toString().strip());
        case KIMI_K2 -> startKimi(header.toString().strip());
        case NONE -> noCall();
      }
    } else if (piece.mark()) {
      brokenOff(piece);
    } else {
      held.append(piece.text());
      header.append(piece.text());
      if (header.length() > LONGEST_HEADER) {
        noCall();
      }
    }
  }

  /** A mark where none belongs: what came before is no call, but the mark may begin one. */
  private void brokenOff(AnswerPiece piece) {
    if (piece.is(format.callBegin())) {
      release();
      beginCall(piece);
    } else if (piece.is(format.sectionEnd())) {
      endSection(piece);
    } else {
      held.append(piece.text());
      noCall();
    }
  }

  private void name(AnswerPiece piece) {
    if (piece.is(format.callEnd())) {
      held.append(piece.text());
      // A call without arguments.
      if (start(header.toString().strip())) {
        arguments(piece);
      }
    } else if (piece.mark()) {
      brokenOff(piece);
    } else {
      held.append(piece.text());
      header.append(piece.text());
      int end = header.indexOf("\n");
      if (end < 0 && header.length() > LONGEST_HEADER) {
        noCall();
      } else if (end >= 0) {
        String rest = header.substring(end + 1);
        if (start(header.substring(0, end).strip()) && !rest.isEmpty()) {
          arguments(new AnswerPiece(rest, false));
        }
      }
    }
  }

  /** Kimi-K2's id names the function. */
  private void startKimi(String id) {
    int from = id.startsWith("functions.") ? "functions.".length() : 0;
    int colon = id.lastIndexOf(':');
    start(id, id.substring(from, colon > from ? colon : id.length()));
  }

  private boolean start(String name) {
    return start(ids.apply(calls), name);
  }

  private boolean start(String id, String name) {
    if (name.isEmpty() || name.length() > LONGEST_HEADER || name.chars().anyMatch(c -> c <= ' ')) {
      noCall();
      return false;
    }
    held.setLength(0);
    arguments.setLength(0);
    events.accept(new AnswerEvent.CallStart(calls, id, name));
    state = State.ARGUMENTS;
    return true;
  }

  /** What is held is content after all. */
  private void noCall() {
    release();
    textBetween = true;
    state = inSection ? State.SECTION : State.CONTENT;
  }

  private void release() {
    String text = held.toString();
    held.setLength(0);
    emit(text);
  }

  private void emit(String text) {
    if (!text.isEmpty()) {
      events.accept(new AnswerEvent.Content(text));
    }
  }

  private void arguments(AnswerPiece piece) {
    if (piece.is(format.callEnd())) {
      endCall(true);
    } else if (piece.is(format.sectionEnd())) {
      endCall(false);
      inSection = false;
      state = State.CONTENT;
    } else if (piece.is(format.callBegin())) {
      endCall(false);
      beginCall(piece);
    } else if (format == ToolCallFormat.DEEPSEEK_V3) {
      fence.accept(piece.text());
    } else {
      argument(piece.text());
    }
  }

  private void argument(String text) {
    if (!text.isEmpty()) {
      arguments.append(text);
      events.accept(new AnswerEvent.CallArguments(calls, text));
    }
  }

  private void endCall(boolean ended) {
    fence.finish(ended);
    boolean complete = ended && ArgumentsJson.read(arguments.toString()).isPresent();
    events.accept(new AnswerEvent.CallEnd(calls, complete));
    calls++;
    textBetween = false;
    state = inSection ? State.SECTION : State.CONTENT;
  }
}
