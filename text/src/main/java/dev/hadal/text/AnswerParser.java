package dev.hadal.text;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Takes a model's answer apart while it comes: reasoning, content and tool calls. A mark that the
 * tokenizer has a token for counts only as that token, never as text that looks like it, in the
 * arguments of a call for instance; a mark without one is looked for in the text.
 *
 * <p>The events, neighbours of one kind joined, do not depend on how the text was cut. No text is
 * lost but white space around marks: {@link ReasoningParser} and {@link ToolCallParser} say what
 * becomes of an answer that is not well formed. Not safe for use by several threads.
 */
public final class AnswerParser {
  private final Set<String> marks = new LinkedHashSet<>();
  private final MarkScanner scanner;
  private final ReasoningParser reasoning;
  private final ToolCallParser tools;
  private List<AnswerEvent> events = new ArrayList<>();

  /**
   * A parser of one answer.
   *
   * @param format how calls are written
   * @param tokens the marks that are tokens of the tokenizer; others are ignored
   * @param opensReasoning whether the prompt ends within reasoning
   * @param ids gives each call its id, by its number in this answer, in formats that have none
   */
  public AnswerParser(
      ToolCallFormat format, Set<String> tokens, boolean opensReasoning, IntFunction<String> ids) {
    marks.add(AnswerMarks.THINK);
    marks.add(AnswerMarks.THINK_END);
    marks.addAll(format.marks());
    List<String> inText = marks.stream().filter(mark -> !tokens.contains(mark)).toList();
    tools = new ToolCallParser(format, ids, event -> events.add(event));
    reasoning =
        new ReasoningParser(opensReasoning, format, event -> events.add(event), tools::accept);
    scanner = new MarkScanner(inText, reasoning::accept);
  }

  /** More text; what is certain now. */
  public List<AnswerEvent> text(String delta) {
    scanner.text(delta);
    return taken();
  }

  /**
   * A token of its own, by its content; what is certain now. One that is no mark is text.
   *
   * @param content as the tokenizer spells it
   */
  public List<AnswerEvent> token(String content) {
    if (marks.contains(content)) {
      scanner.mark(content);
    } else {
      scanner.text(content);
    }
    return taken();
  }

  /** The answer ends; what was not certain. */
  public List<AnswerEvent> finish() {
    scanner.finish();
    reasoning.finish();
    tools.finish();
    return taken();
  }

  private List<AnswerEvent> taken() {
    List<AnswerEvent> taken = events;
    events = new ArrayList<>();
    return taken;
  }
}
