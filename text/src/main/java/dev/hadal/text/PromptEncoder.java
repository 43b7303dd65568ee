package dev.hadal.text;

import dev.hadal.template.Origin;
import dev.hadal.template.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Encodes prompts that chat templates made. An added token counts only where the template wrote all
 * of it; whatever a user writes stays text, be the token special or not. In what an assistant said,
 * the two marks of reasoning count, too. The text is cut at tokens that count and nowhere else:
 * where template and data meet, pieces run on, as they would have in training. Nothing is put
 * around the prompt; a begin-of-sentence token is the template's to write.
 *
 * <p>Safe for use by any number of threads.
 */
public final class PromptEncoder {
  private static final Set<String> OF_ANSWERS = Set.of(AnswerMarks.THINK, AnswerMarks.THINK_END);

  private final Tokenizer tokenizer;
  private final AddedTokenMatcher rawTokens;
  private final AddedTokenMatcher normalizedTokens;

  /** An encoder with the tokens of a tokenizer. */
  public PromptEncoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.rawTokens = matcher(tokenizer, false);
    this.normalizedTokens = matcher(tokenizer, true);
  }

  private static AddedTokenMatcher matcher(Tokenizer tokenizer, boolean normalized) {
    return new AddedTokenMatcher(
        tokenizer.addedTokens().stream()
            .filter(token -> token.normalized() == normalized)
            .toList());
  }

  /** The ids of a prompt. */
  public int[] encode(Prompt prompt) {
    String text = prompt.text();
    byte[] utf8 = Utf8.encode(text);
    Origin[] origins = origins(text, prompt.rendering().segments(), utf8.length);
    AddedTokenMatcher.Recognition recognition =
        (token, start, end) -> counts(token, origins, start, end);
    List<AddedTokenMatcher.Match> matches = new ArrayList<>();
    int from = 0;
    for (AddedTokenMatcher.Match match : rawTokens.matches(utf8, 0, utf8.length, recognition)) {
      matches.addAll(normalizedTokens.matches(utf8, from, match.start(), recognition));
      matches.add(match);
      from = match.end();
    }
    matches.addAll(normalizedTokens.matches(utf8, from, utf8.length, recognition));
    return encode(utf8, matches);
  }

  private int[] encode(byte[] utf8, List<AddedTokenMatcher.Match> matches) {
    IntList ids = new IntList(utf8.length / 3 + 8);
    int from = 0;
    for (AddedTokenMatcher.Match match : matches) {
      encodeText(utf8, from, match.start(), ids);
      ids.add(match.token().id());
      from = match.end();
    }
    encodeText(utf8, from, utf8.length, ids);
    return ids.toArray();
  }

  private void encodeText(byte[] utf8, int from, int to, IntList ids) {
    if (from < to) {
      String text = new String(utf8, from, to - from, java.nio.charset.StandardCharsets.UTF_8);
      for (int id : tokenizer.encodeOrdinary(text)) {
        ids.add(id);
      }
    }
  }

  private static boolean counts(AddedToken token, Origin[] origins, int start, int end) {
    boolean ofAnswers = OF_ANSWERS.contains(token.content());
    for (int at = start; at < end; at++) {
      if (origins[at] != Origin.TEMPLATE && !(ofAnswers && origins[at] == Origin.ANSWER)) {
        return false;
      }
    }
    return true;
  }

  /** The origin of each byte. A character whose two units have different ones is data. */
  private static Origin[] origins(String text, List<Segment> segments, int bytes) {
    Origin[] units = new Origin[text.length()];
    int from = 0;
    for (Segment segment : segments) {
      Arrays.fill(units, from, from + segment.text().length(), segment.origin());
      from += segment.text().length();
    }
    Origin[] origins = new Origin[bytes];
    int at = 0;
    int width;
    for (int unit = 0; unit < units.length; unit += width) {
      int codePoint = text.codePointAt(unit);
      width = Character.charCount(codePoint);
      Origin origin = units[unit] == units[unit + width - 1] ? units[unit] : Origin.DATA;
      int end = at + (codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4);
      Arrays.fill(origins, at, end, origin);
      at = end;
    }
    return origins;
  }
}
