package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** However an answer is cut, the events are the same, and no character of it is lost. */
class AnswerParserPropertyTest {
  private static final int ANSWERS = 1000;
  private static final List<ToolCallFormat> FORMATS = List.of(ToolCallFormat.values());

  private static final List<String> TEXTS =
      List.of(
          " ",
          "\n",
          "\n\n",
          "a",
          "function",
          "f",
          "get_weather",
          "functions.f:0",
          "```json\n",
          "\n```",
          "```",
          "`",
          "{}",
          "{\"a\": 1}",
          "{\"b\": \"</think>\"",
          "<think",
          "<",
          "｜tool",
          "<｜tool▁",
          "<|tool_call",
          "🐋",
          "two words",
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");

  /** A piece of an answer as it comes: text, or a token of its own. */
  private record Part(String text, boolean token) {}

  private static List<AnswerEvent> parse(
      ToolCallFormat format, Set<String> tokens, boolean opened, List<Part> parts) {
    AnswerParser parser = new AnswerParser(format, tokens, opened, n -> "call_" + n);
    Answers events = new Answers();
    for (Part part : parts) {
      events.add(part.token() ? parser.token(part.text()) : parser.text(part.text()));
    }
    events.add(parser.finish());
    return events.joined();
  }

  private static List<Part> cut(List<Part> parts, Random random) {
    List<Part> cut = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      if (!part.token()) {
        text.append(part.text());
        continue;
      }
      cut(text, cut, random);
      cut.add(part);
    }
    cut(text, cut, random);
    return cut;
  }

  private static void cut(StringBuilder text, List<Part> to, Random random) {
    int most = 1 + random.nextInt(12);
    while (!text.isEmpty()) {
      int length = Math.min(text.length(), 1 + random.nextInt(most));
      to.add(new Part(text.substring(0, length), false));
      text.delete(0, length);
    }
  }

  private static String letters(String text) {
    return text.replaceAll("\\s", "");
  }

  /** All that was told, with the marks that it stands for left out. */
  private static String told(List<AnswerEvent> events) {
    StringBuilder told = new StringBuilder();
    for (AnswerEvent event : events) {
      switch (event) {
        case AnswerEvent.Reasoning(String text) -> told.append(text);
        case AnswerEvent.Content(String text) -> told.append(text);
        case AnswerEvent.CallStart(_, _, String name) -> told.append(name);
        case AnswerEvent.CallArguments(_, String text) -> told.append(text);
        case AnswerEvent.CallEnd _ -> {}
      }
    }
    return told.toString();
  }

  @Test
  void eventsDoNotDependOnTheCut() {
    long seed = NastyText.seed("AnswerParserPropertyTest");
    Random random = new Random(seed);
    int calls = 0;
    for (int i = 0; i < ANSWERS; i++) {
      ToolCallFormat format = FORMATS.get(random.nextInt(FORMATS.size()));
      List<String> marks = new ArrayList<>(format.marks());
      marks.add("<think>");
      marks.add("</think>");
      Set<String> tokens = new HashSet<>(marks);
      tokens.removeIf(_ -> random.nextBoolean());
      List<Part> parts = new ArrayList<>();
      for (int n = random.nextInt(20); n > 0; n--) {
        if (format != ToolCallFormat.NONE && random.nextInt(5) == 0) {
          for (String text :
              List.of(
                  format.callBegin(),
                  "f",
                  format.separator(),
                  "g\n```\n{}\n```",
                  format.callEnd())) {
            parts.add(new Part(text, tokens.contains(text)));
          }
        }
        boolean mark = random.nextInt(5) < 3;
        List<String> from = mark ? marks : TEXTS;
        String text = from.get(random.nextInt(from.size()));
        parts.add(new Part(text, tokens.contains(text) && random.nextInt(4) > 0));
      }
      boolean opened = random.nextBoolean();
      List<AnswerEvent> whole = parse(format, tokens, opened, cut(parts, new Random(0)));
      for (int cuts = 0; cuts < 3; cuts++) {
        List<Part> cut = cut(parts, random);
        assertThat(parse(format, tokens, opened, cut))
            .as("%s %s %s %s", format, opened, tokens, parts)
            .isEqualTo(whole);
      }
      calls += whole.stream().anyMatch(AnswerEvent.CallStart.class::isInstance) ? 1 : 0;
      checkOrder(whole);
    }
    assertThat(calls).as("answers with calls").isGreaterThan(ANSWERS / 50);
  }

  /** Calls are numbered, and each ends before anything else begins. */
  private static void checkOrder(List<AnswerEvent> events) {
    int open = -1;
    int next = 0;
    for (AnswerEvent event : events) {
      switch (event) {
        case AnswerEvent.CallStart start -> {
          assertThat(open).isEqualTo(-1);
          assertThat(start.index()).isEqualTo(next++);
          open = start.index();
        }
        case AnswerEvent.CallArguments arguments -> assertThat(arguments.index()).isEqualTo(open);
        case AnswerEvent.CallEnd end -> {
          assertThat(end.index()).isEqualTo(open);
          open = -1;
        }
        case AnswerEvent.Content _, AnswerEvent.Reasoning _ -> assertThat(open).isEqualTo(-1);
      }
    }
    assertThat(open).isEqualTo(-1);
  }

  @Test
  void noCharacterIsLost() {
    long seed = NastyText.seed("AnswerParserPropertyTest");
    Random random = new Random(seed);
    for (int i = 0; i < ANSWERS; i++) {
      ToolCallFormat format = FORMATS.get(random.nextInt(FORMATS.size()));
      StringBuilder answer = new StringBuilder();
      StringBuilder digits = new StringBuilder();
      for (int n = random.nextInt(20); n > 0; n--) {
        List<String> marks = new ArrayList<>(format.marks());
        marks.add("<think>");
        marks.add("</think>");
        if (random.nextBoolean()) {
          answer.append(marks.get(random.nextInt(marks.size())));
        }
        answer.append(random.nextBoolean() ? "\n" : "").append(n);
        digits.append(n);
      }
      List<AnswerEvent> events =
          parse(
              format, Set.of(), random.nextBoolean(), List.of(new Part(answer.toString(), false)));
      String told = letters(told(events));
      // The type of a call of V3 and the number in an id of Kimi-K2 are told otherwise.
      if (format == ToolCallFormat.NONE || format == ToolCallFormat.DEEPSEEK_V3_1) {
        for (String mark : format.marks()) {
          told = told.replace(mark, "");
        }
        assertThat(told.replace("<think>", "").replace("</think>", ""))
            .as(answer.toString())
            .isEqualTo(digits.toString());
      }
    }
  }
}
