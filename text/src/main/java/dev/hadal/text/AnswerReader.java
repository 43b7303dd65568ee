package dev.hadal.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Takes a model's answer apart as its tokens come: a decoder and an {@link AnswerParser} together.
 * Special tokens that are no marks, such as that of the end, are left out. Not safe for use by
 * several threads.
 */
public final class AnswerReader {
  private final StreamingDecoder decoder;
  private final AnswerParser parser;

  /** The marks that are tokens, by their ids. */
  private final Map<Integer, String> marks = new HashMap<>();

  /**
   * A reader of one answer.
   *
   * @param opensReasoning whether the prompt ends within reasoning, {@link Prompt#opensReasoning}
   * @param ids gives each call its id, by its number in this answer, in formats that have none
   */
  public AnswerReader(
      Tokenizer tokenizer, ToolCallFormat format, boolean opensReasoning, IntFunction<String> ids) {
    Set<String> wanted = new HashSet<>(format.marks());
    wanted.add(AnswerMarks.THINK);
    wanted.add(AnswerMarks.THINK_END);
    for (AddedToken token : tokenizer.addedTokens()) {
      if (wanted.contains(token.content())) {
        marks.put(token.id(), token.content());
      }
    }
    decoder = tokenizer.streamingDecoder(true);
    parser = new AnswerParser(format, Set.copyOf(marks.values()), opensReasoning, ids);
  }

  /** What is certain with one more token. */
  public List<AnswerEvent> accept(int id) {
    String mark = marks.get(id);
    if (mark == null) {
      return parser.text(decoder.accept(id));
    }
    List<AnswerEvent> events = new ArrayList<>(parser.text(decoder.finish()));
    events.addAll(parser.token(mark));
    return events;
  }

  /** What was not certain before the end. */
  public List<AnswerEvent> finish() {
    List<AnswerEvent> events = new ArrayList<>(parser.text(decoder.finish()));
    events.addAll(parser.finish());
    return events;
  }
}
