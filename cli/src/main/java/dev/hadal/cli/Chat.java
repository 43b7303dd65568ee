package dev.hadal.cli;

import dev.hadal.generate.ChatSession;
import dev.hadal.generate.ChatTurn;
import dev.hadal.generate.FinishReason;
import dev.hadal.model.ExpertStatistics;
import dev.hadal.text.AnswerEvent;
import dev.hadal.text.ToolCall;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A chat from its first line to its last: questions, and commands that begin with a slash. What
 * goes wrong is told to a person, who may go on; a script ends with it.
 */
final class Chat {
  private static final String BLOCK = "\"\"\"";

  private final Console console;
  private final ChatInput input;
  private final ChatSession session;
  private final boolean interactive;
  private final boolean colours = System.getenv("NO_COLOR") == null;
  private @Nullable ChatTurn last;
  private int answers;
  private long tokens;

  /** The words after a slash. */
  private enum Word {
    HELP("", "lists the commands"),
    SYSTEM("TEXT", "tells the model this before all questions; without TEXT nothing"),
    RETRY("", "answers the last question again"),
    TOOL("RESULT", "gives the result of the call that the model asked for"),
    SAVE("FILE", "writes the messages as JSON to a new file"),
    LOAD("FILE", "goes on with the messages of such a file"),
    STATS("", "tells tokens and speeds"),
    CLEAR("", "forgets all questions and answers"),
    EXIT("", "ends, as Ctrl-D does");

    private final String argument;
    private final String summary;

    Word(String argument, String summary) {
      this.argument = argument;
      this.summary = summary;
    }

    private String text() {
      return "/" + name().toLowerCase(Locale.ROOT);
    }

    private static Word of(String text) {
      for (Word word : values()) {
        if (word.text().equals(text)) {
          return word;
        }
      }
      List<String> known = Arrays.stream(values()).map(Word::text).toList();
      throw new UsageException(
          "expected a command, found '%s'; %s"
              .formatted(
                  text,
                  Nearest.of(text, known)
                      .map(near -> "did you mean " + near + "?")
                      .orElse("/help lists them")));
    }
  }

  /**
   * Something that the user entered.
   *
   * @param block whether it stood between two lines of three quotes, where nothing is a command
   */
  private record Entry(String text, boolean block) {}

  /**
   * A chat that has not begun.
   *
   * @param interactive whether a person sits at it
   */
  Chat(Console console, ChatInput input, ChatSession session, boolean interactive) {
    this.console = console;
    this.input = input;
    this.session = session;
    this.interactive = interactive;
  }

  /** Talks until the user ends it. */
  void run() {
    boolean goesOn = true;
    while (goesOn) {
      try {
        Optional<Entry> entry = entry();
        goesOn = entry.isPresent() && follow(entry.get());
      } catch (ChatInput.Abandoned _) {
        goesOn = true;
      } catch (RuntimeException e) {
        ExitCode code = Failures.codeOf(e);
        if (!interactive || (code != ExitCode.USAGE && code != ExitCode.BAD_DATA)) {
          throw e;
        }
        console.note(Failures.sentence(e));
      }
    }
  }

  private Optional<Entry> entry() throws ChatInput.Abandoned {
    Optional<String> first = input.line(false);
    if (first.isEmpty()) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder();
    if (first.get().strip().equals(BLOCK)) {
      while (true) {
        String line =
            input
                .line(true)
                .orElseThrow(
                    () -> new InputException("expected a second line of \"\"\", found the end"));
        if (line.strip().equals(BLOCK)) {
          return Optional.of(new Entry(text.toString(), true));
        }
        text.append(text.isEmpty() ? "" : "\n").append(line);
      }
    }
    String line = first.get();
    while (line.endsWith("\\")) {
      text.append(line, 0, line.length() - 1).append('\n');
      line = input.line(true).orElse("");
    }
    return Optional.of(new Entry(text.append(line).toString(), false));
  }

  /** Does what was entered; false ends the chat. */
  private boolean follow(Entry entry) {
    String text = entry.text();
    if (text.isBlank()) {
      return true;
    }
    if (entry.block() || !text.startsWith("/")) {
      answer(listener -> session.ask(text, listener));
      return true;
    }
    String[] parts = text.strip().split("\\s+", 2);
    return obey(Word.of(parts[0]), parts.length == 1 ? "" : parts[1]);
  }

  private boolean obey(Word word, String argument) {
    if (word.argument.isEmpty() && !argument.isEmpty()) {
      throw new UsageException(
          "%s: expected nothing after it, found '%s'".formatted(word.text(), argument));
    }
    switch (word) {
      case HELP -> help();
      case SYSTEM -> session.system(argument);
      case RETRY -> answer(session::retry);
      case TOOL -> result(argument);
      case SAVE -> ChatFile.write(file(word, argument), session.messages());
      case LOAD -> session.load(ChatFile.read(file(word, argument)));
      case STATS -> stats();
      case CLEAR -> session.clear();
      case EXIT -> {
        return false;
      }
    }
    return true;
  }

  private static Path file(Word word, String argument) {
    if (argument.isEmpty()) {
      throw new UsageException(word.text() + ": expected a file, found none");
    }
    try {
      return Path.of(argument);
    } catch (InvalidPathException e) {
      throw new UsageException(
          "%s: expected a file, found '%s'".formatted(word.text(), argument), e);
    }
  }

  private void help() {
    for (Word word : Word.values()) {
      console.note("  %-14s%s".formatted(word.text() + " " + word.argument, word.summary));
    }
    console.note("A line that ends with \\ goes on in the next; so does what is between two lines");
    console.note("of \"\"\", where a slash is only a slash.");
  }

  private void result(String text) {
    List<ToolCall> open = session.openCalls();
    if (open.size() > 1) {
      session.result(text, _ -> {});
      askForResults();
    } else {
      answer(listener -> session.result(text, listener).orElseThrow());
    }
  }

  private void askForResults() {
    List<ToolCall> open = session.openCalls();
    if (!open.isEmpty()) {
      console.note(
          "/tool RESULT gives the result of %s%s."
              .formatted(
                  console.shown(open.getFirst().name()),
                  open.size() == 1 ? "" : ", the first of %d calls".formatted(open.size())));
    }
  }

  private void answer(Function<Consumer<AnswerEvent>, ChatTurn> question) {
    ChatView view = new ChatView(console, colours);
    ChatTurn turn;
    try (Interrupts _ = Interrupts.onCtrlC(session::stop)) {
      turn = question.apply(view::show);
    } finally {
      view.end();
    }
    last = turn;
    answers++;
    tokens += turn.completionTokens();
    if (turn.finishReason() == FinishReason.LENGTH) {
      console.note("The answer was cut after %d tokens.".formatted(turn.completionTokens()));
    } else if (turn.finishReason() == FinishReason.CANCELLED) {
      console.note("Stopped after %d tokens.".formatted(turn.completionTokens()));
    }
    askForResults();
  }

  private void stats() {
    ChatTurn turn = last;
    if (turn == null) {
      console.note("No answers yet; the context has %d tokens.".formatted(session.contextLength()));
      return;
    }
    console.note(
        String.format(
            Locale.ROOT,
            "Last answer: %d prompt tokens, %d of them from the cache, first token after %.2f s"
                + " (%.1f tokens/s); %d tokens, %.1f tokens/s; finish reason %s; %s",
            turn.promptTokens(),
            turn.cachedTokens(),
            turn.secondsToFirst(),
            turn.promptSpeed(),
            turn.completionTokens(),
            turn.decodeSpeed(),
            turn.finishReason().name().toLowerCase(Locale.ROOT),
            turn.speculation().describe()));
    console.note(
        "All: %d answers, %d tokens; %d of the context's %d tokens used."
            .formatted(
                answers,
                tokens,
                turn.promptTokens() + turn.completionTokens(),
                session.contextLength()));
    session.experts().map(ExpertStatistics::describe).ifPresent(console::note);
  }
}
