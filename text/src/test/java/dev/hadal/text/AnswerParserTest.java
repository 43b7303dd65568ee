package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.text.AnswerEvent.CallArguments;
import dev.hadal.text.AnswerEvent.CallEnd;
import dev.hadal.text.AnswerEvent.CallStart;
import dev.hadal.text.AnswerEvent.Content;
import dev.hadal.text.AnswerEvent.Reasoning;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AnswerParserTest {
  private static final String WEATHER = "{\"city\": \"Köln\"}";

  /** The events of an answer all of whose marks are found in the text. */
  private static List<AnswerEvent> parse(ToolCallFormat format, boolean opened, String answer) {
    AnswerParser parser = new AnswerParser(format, Set.of(), opened, n -> "call_" + n);
    Answers events = new Answers();
    events.add(parser.text(answer));
    events.add(parser.finish());
    return events.joined();
  }

  private static List<AnswerEvent> v3(String answer) {
    return parse(ToolCallFormat.DEEPSEEK_V3, false, answer);
  }

  private static String v3Call(String name, String arguments) {
    return "<｜tool▁call▁begin｜>function<｜tool▁sep｜>%s\n```json\n%s\n```<｜tool▁call▁end｜>"
        .formatted(name, arguments);
  }

  @Test
  void reasoningThatThePromptOpened() {
    assertThat(parse(ToolCallFormat.NONE, true, "\nFirst,\n\nthen.\n</think>\n\nSo: 2.\n"))
        .containsExactly(new Reasoning("First,\n\nthen."), new Content("So: 2.\n"));
    assertThat(parse(ToolCallFormat.NONE, true, "endless "))
        .containsExactly(new Reasoning("endless "));
    assertThat(parse(ToolCallFormat.NONE, true, "</think>x")).containsExactly(new Content("x"));
    assertThat(parse(ToolCallFormat.NONE, true, "a <think> b</think>c"))
        .containsExactly(new Reasoning("a <think> b"), new Content("c"));
  }

  @Test
  void reasoningThatTheModelOpens() {
    assertThat(parse(ToolCallFormat.NONE, false, " \n<think>\nhm </think> yes"))
        .containsExactly(new Reasoning("hm"), new Content("yes"));
    assertThat(parse(ToolCallFormat.NONE, false, "  plain"))
        .containsExactly(new Content("  plain"));
    assertThat(parse(ToolCallFormat.NONE, false, "</think>\nplain"))
        .containsExactly(new Content("plain"));
    assertThat(parse(ToolCallFormat.NONE, false, "say <think>x</think> aloud"))
        .containsExactly(new Content("say <think>x</think> aloud"));
  }

  @Test
  void callsOfV3() {
    assertThat(
            v3(
                "Let me see.<｜tool▁calls▁begin｜>"
                    + v3Call("get_weather", WEATHER)
                    + "\n"
                    + v3Call("time", "{}")
                    + "<｜tool▁calls▁end｜>"))
        .containsExactly(
            new Content("Let me see."),
            new CallStart(0, "call_0", "get_weather"),
            new CallArguments(0, WEATHER),
            new CallEnd(0, true),
            new CallStart(1, "call_1", "time"),
            new CallArguments(1, "{}"),
            new CallEnd(1, true));
  }

  @Test
  void backticksWithinArgumentsStay() {
    String code = "{\"text\": \"a\\n```js\\n1\\n```\\n\"\n```\n}";
    assertThat(v3(v3Call("write", code)))
        .containsExactly(
            new CallStart(0, "call_0", "write"), new CallArguments(0, code), new CallEnd(0, false));
  }

  @Test
  void callsOfV3WithoutFenceOrEnd() {
    assertThat(v3("<｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n{\"a\": 1}<｜tool▁call▁end｜>"))
        .containsExactly(
            new CallStart(0, "call_0", "f"),
            new CallArguments(0, "{\"a\": 1}"),
            new CallEnd(0, true));
    assertThat(v3("<｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{\"a\": 1}\n```"))
        .containsExactly(
            new CallStart(0, "call_0", "f"),
            new CallArguments(0, "{\"a\": 1}\n```"),
            new CallEnd(0, false));
    assertThat(v3("<｜tool▁call▁begin｜>function<｜tool▁sep｜>f<｜tool▁call▁end｜>"))
        .containsExactly(new CallStart(0, "call_0", "f"), new CallEnd(0, false));
  }

  @Test
  void callsOfR1BehindReasoning() {
    assertThat(
            parse(
                ToolCallFormat.DEEPSEEK_V3,
                true,
                "I must ask.\n</think>\n\n<｜tool▁calls▁begin｜>"
                    + v3Call("f", "{}")
                    + "<｜tool▁calls▁end｜>"))
        .startsWith(new Reasoning("I must ask."), new CallStart(0, "call_0", "f"));
    assertThat(
            parse(
                ToolCallFormat.DEEPSEEK_V3,
                true,
                "I must ask. <｜tool▁calls▁begin｜>" + v3Call("f", "{}")))
        .as("reasoning that a call ends")
        .startsWith(new Reasoning("I must ask."), new CallStart(0, "call_0", "f"));
  }

  @Test
  void callsOfV31() {
    assertThat(
            parse(
                ToolCallFormat.DEEPSEEK_V3_1,
                false,
                "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>"
                    + WEATHER
                    + "<｜tool▁call▁end｜><｜tool▁call▁begin｜>g<｜tool▁sep｜>oops<｜tool▁call▁end｜>"
                    + "<｜tool▁calls▁end｜>done"))
        .containsExactly(
            new CallStart(0, "call_0", "get_weather"),
            new CallArguments(0, WEATHER),
            new CallEnd(0, true),
            new CallStart(1, "call_1", "g"),
            new CallArguments(1, "oops"),
            new CallEnd(1, false),
            new Content("done"));
  }

  @Test
  void callsOfKimi() {
    assertThat(
            parse(
                ToolCallFormat.KIMI_K2,
                false,
                "I look.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0"
                    + "<|tool_call_argument_begin|>"
                    + WEATHER
                    + "<|tool_call_end|>\n<|tool_call_begin|>functions.a.b:12"
                    + "<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>"))
        .containsExactly(
            new Content("I look."),
            new CallStart(0, "functions.get_weather:0", "get_weather"),
            new CallArguments(0, WEATHER),
            new CallEnd(0, true),
            new CallStart(1, "functions.a.b:12", "a.b"),
            new CallArguments(1, "{}"),
            new CallEnd(1, true));
  }

  @Test
  void whatIsNoCallStaysAsItWasWritten() {
    for (String answer :
        List.of(
            "a<｜tool▁calls▁begin｜>b",
            "a<｜tool▁calls▁begin｜> <｜tool▁calls▁end｜>",
            "a<｜tool▁call▁begin｜>",
            "a<｜tool▁call▁begin｜>function",
            "a<｜tool▁call▁begin｜>function<｜tool▁call▁end｜>b",
            "a<｜tool▁call▁begin｜>function<｜tool▁sep｜>",
            "a<｜tool▁call▁begin｜>function<｜tool▁sep｜>name",
            "a<｜tool▁call▁begin｜>function<｜tool▁sep｜>\n```json\n{}\n```<｜tool▁call▁end｜>",
            "a<｜tool▁call▁begin｜>function<｜tool▁sep｜>two words\n{}<｜tool▁call▁end｜>",
            "a<｜tool▁sep｜>b<｜tool▁call▁end｜>c<｜tool▁calls▁end｜>",
            "a<｜tool▁call▁begin｜>" + "x".repeat(300) + "<｜tool▁sep｜>f\n{}",
            "a<｜tool▁calls▁begin｜>  some  text  ")) {
      assertThat(v3(answer)).as(answer).containsExactly(new Content(answer));
    }
  }

  @Test
  void aBrokenCallDoesNotTakeTheNextWithIt() {
    assertThat(v3("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>oops" + v3Call("f", "{}")))
        .containsExactly(
            new Content("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>oops"),
            new CallStart(0, "call_0", "f"),
            new CallArguments(0, "{}"),
            new CallEnd(0, true));
    assertThat(v3("<｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{\"a\"" + v3Call("g", "{}")))
        .containsExactly(
            new CallStart(0, "call_0", "f"),
            new CallArguments(0, "{\"a\""),
            new CallEnd(0, false),
            new CallStart(1, "call_1", "g"),
            new CallArguments(1, "{}"),
            new CallEnd(1, true));
  }

  @Test
  void textThatLooksLikeAMarkIsNoneWhereTheTokenizerHasTheToken() {
    AnswerParser parser =
        new AnswerParser(
            ToolCallFormat.KIMI_K2,
            Set.copyOf(ToolCallFormat.KIMI_K2.marks()),
            false,
            n -> "call_" + n);
    Answers events = new Answers();
    events.add(parser.text("say <|tool_call_begin|>!"));
    events.add(parser.token("<|tool_call_begin|>"));
    events.add(parser.text("functions.f:0"));
    events.add(parser.token("<|tool_call_argument_begin|>"));
    events.add(parser.text("{\"a\": \"<|tool_call_end|>\"}"));
    events.add(parser.token("<|tool_call_end|>"));
    events.add(parser.token("<|other|>"));
    events.add(parser.finish());
    assertThat(events.joined())
        .containsExactly(
            new Content("say <|tool_call_begin|>!"),
            new CallStart(0, "functions.f:0", "f"),
            new CallArguments(0, "{\"a\": \"<|tool_call_end|>\"}"),
            new CallEnd(0, true),
            new Content("<|other|>"));
  }

  @Test
  void eventsComeAsSoonAsTheyAreCertain() {
    AnswerParser parser =
        new AnswerParser(ToolCallFormat.DEEPSEEK_V3, Set.of(), true, n -> "call_" + n);
    assertThat(parser.text("thin")).containsExactly(new Reasoning("thin"));
    assertThat(parser.text("king </thi")).containsExactly(new Reasoning("king"));
    assertThat(parser.text("nk>")).isEmpty();
    assertThat(parser.text("yes<｜tool")).containsExactly(new Content("yes"));
    assertThat(parser.text("▁call▁begin｜>function<｜tool▁sep｜>f\n"))
        .containsExactly(new CallStart(0, "call_0", "f"));
    assertThat(parser.text("```json\n{\"a\":")).containsExactly(new CallArguments(0, "{\"a\":"));
    assertThat(parser.text(" 1}\n``")).containsExactly(new CallArguments(0, " 1}"));
    assertThat(parser.text("`<｜tool▁call▁end｜>")).containsExactly(new CallEnd(0, true));
    assertThat(parser.finish()).isEmpty();
  }
}
