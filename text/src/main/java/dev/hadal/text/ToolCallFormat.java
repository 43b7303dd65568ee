package dev.hadal.text;

import java.util.ArrayList;
import java.util.List;

/** How models write tool calls into their answers. */
public enum ToolCallFormat {
  /** Not at all. */
  NONE("", "", "", "", ""),
  /**
   * DeepSeek-V3 and R1: a section of calls, each with its type, a separator, the function's name
   * and the arguments in a fenced block.
   */
  DEEPSEEK_V3(
      "<｜tool▁calls▁begin｜>",
      "<｜tool▁call▁begin｜>",
      "<｜tool▁sep｜>",
      "<｜tool▁call▁end｜>",
      "<｜tool▁calls▁end｜>"),
  /** DeepSeek-V3.1: the same marks; the name, a separator and the arguments as they are. */
  DEEPSEEK_V3_1(
      "<｜tool▁calls▁begin｜>",
      "<｜tool▁call▁begin｜>",
      "<｜tool▁sep｜>",
      "<｜tool▁call▁end｜>",
      "<｜tool▁calls▁end｜>"),
  /** Kimi-K2: {@code functions.NAME:NUMBER}, which is also the call's id, and the arguments. */
  KIMI_K2(
      "<|tool_calls_section_begin|>",
      "<|tool_call_begin|>",
      "<|tool_call_argument_begin|>",
      "<|tool_call_end|>",
      "<|tool_calls_section_end|>");

  private final String sectionBegin;
  private final String callBegin;
  private final String separator;
  private final String callEnd;
  private final String sectionEnd;

  ToolCallFormat(
      String sectionBegin, String callBegin, String separator, String callEnd, String sectionEnd) {
    this.sectionBegin = sectionBegin;
    this.callBegin = callBegin;
    this.separator = separator;
    this.callEnd = callEnd;
    this.sectionEnd = sectionEnd;
  }

  /**
   * The format of a model, by the tokens that it has and, where two formats share them, by what its
   * template writes.
   */
  public static ToolCallFormat of(Tokenizer tokenizer, ChatTemplate template) {
    if (tokenizer.id(KIMI_K2.sectionBegin).isPresent()) {
      return KIMI_K2;
    }
    boolean deepSeek =
        tokenizer.id(DEEPSEEK_V3.sectionBegin).isPresent()
            || template.source().contains(DEEPSEEK_V3.sectionBegin);
    if (!deepSeek) {
      return template.source().contains(KIMI_K2.sectionBegin) ? KIMI_K2 : NONE;
    }
    return template.source().contains("```json") ? DEEPSEEK_V3 : DEEPSEEK_V3_1;
  }

  String sectionBegin() {
    return sectionBegin;
  }

  String callBegin() {
    return callBegin;
  }

  String separator() {
    return separator;
  }

  String callEnd() {
    return callEnd;
  }

  String sectionEnd() {
    return sectionEnd;
  }

  /** All marks. */
  public List<String> marks() {
    List<String> marks =
        new ArrayList<>(List.of(sectionBegin, callBegin, separator, callEnd, sectionEnd));
    marks.removeIf(String::isEmpty);
    return marks;
  }
}
