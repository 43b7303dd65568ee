package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.text.AnswerEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChatViewTest {
  private static final List<AnswerEvent> ANSWER =
      List.of(
          new AnswerEvent.Reasoning("one\ntw"),
          new AnswerEvent.Reasoning("o\n\nthree"),
          new AnswerEvent.Content("a\u001b[2J"),
          new AnswerEvent.Content("b"),
          new AnswerEvent.CallStart(0, "c", "f"),
          new AnswerEvent.CallArguments(0, "{\"x\":"),
          new AnswerEvent.CallArguments(0, "1"),
          new AnswerEvent.CallEnd(0, false));

  private static String shown(boolean terminal, boolean colours) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Console console =
        new Console(
            new ByteArrayInputStream(new byte[0]),
            new Output(out),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            terminal,
            terminal);
    ChatView view = new ChatView(console, colours);
    ANSWER.forEach(view::show);
    view.end();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void reasoningIsDimBetweenMarksOnATerminalWhichObeysNothingElse() {
    assertThat(shown(true, true).lines())
        .containsExactly(
            "\u001b[2m[thinking]",
            "one",
            "two",
            "",
            "three",
            "[/thinking]\u001b[0m",
            "a\uFFFD[2Jb",
            "call: f {\"x\":1 (not complete)");
    assertThat(shown(true, false).replace("\uFFFD", "").lines())
        .startsWith("[thinking]", "one")
        .contains("[/thinking]")
        .noneMatch(line -> line.contains("\u001b"));
  }

  @Test
  void elsewhereItsLinesBeginWithAWordAndTheTextIsAsItIs() {
    assertThat(shown(false, true).lines())
        .containsExactly(
            "thinking: one",
            "thinking: two",
            "",
            "thinking: three",
            "a\u001b[2Jb",
            "call: f {\"x\":1 (not complete)");
    assertThat(shown(false, true)).endsWith("\n");
  }
}
