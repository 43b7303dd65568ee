package dev.hadal.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds added tokens in text: the leftmost first, and of those that begin at one place the longest.
 * A trie over the bytes; the time is linear in the text times the length of the longest token.
 */
final class AddedTokenMatcher {
  private static final int ROOT = 0;
  private static final int NO_TOKEN = -1;

  /** A token found, with the white space that it takes, between two positions. */
  record Match(AddedToken token, int start, int end) {}

  private final UnicodeClasses unicode = UnicodeClasses.instance();
  private final List<AddedToken> tokens;
  private final int[] firstSteps = new int[ByteLevel.BYTES];
  private final PairMap steps;
  private final IntList tokenAt = new IntList(64);

  AddedTokenMatcher(List<AddedToken> tokens) {
    this.tokens = List.copyOf(tokens);
    steps = new PairMap(tokens.size() * 8);
    Arrays.fill(firstSteps, PairMap.ABSENT);
    tokenAt.add(NO_TOKEN);
    for (int index = 0; index < tokens.size(); index++) {
      insert(Utf8.encode(tokens.get(index).content()), index);
    }
  }

  private void insert(byte[] content, int index) {
    int node = ROOT;
    for (byte b : content) {
      long key = PairMap.key(node, b & 0xFF);
      int known = steps.putIfAbsent(key, tokenAt.size());
      if (known == PairMap.ABSENT) {
        known = tokenAt.size();
        tokenAt.add(NO_TOKEN);
      }
      if (node == ROOT) {
        firstSteps[b & 0xFF] = known;
      }
      node = known;
    }
    tokenAt.set(node, index);
  }

  /** Whether a token counts between two places of the text. */
  interface Recognition {
    boolean accepts(AddedToken token, int start, int end);
  }

  /** The matches in the text between two positions of valid UTF-8, from left to right. */
  List<Match> matches(byte[] text, int from, int to, Predicate<AddedToken> wanted) {
    return matches(text, from, to, (token, _, _) -> wanted.test(token));
  }

  /** The same where it depends on the place whether a token counts. */
  List<Match> matches(byte[] text, int from, int to, Recognition wanted) {
    List<Match> matches = new ArrayList<>();
    int free = from;
    int at = from;
    while (at < to && !tokens.isEmpty()) {
      Match bare = firstSteps[text[at] & 0xFF] < 0 ? null : longest(text, at, to, wanted);
      if (bare == null) {
        at++;
        continue;
      }
      at = bare.end();
      if (!bare.token().singleWord() || standsAlone(text, bare, from, to)) {
        Match match = strip(text, bare, free, to);
        matches.add(match);
        free = match.end();
        at = match.end();
      }
    }
    return matches;
  }

  private @Nullable Match longest(byte[] text, int start, int to, Recognition wanted) {
    Match best = null;
    int node = ROOT;
    for (int at = start; at < to; at++) {
      node = steps.get(PairMap.key(node, text[at] & 0xFF));
      if (node == PairMap.ABSENT) {
        break;
      }
      int index = tokenAt.get(node);
      if (index != NO_TOKEN && wanted.accepts(tokens.get(index), start, at + 1)) {
        best = new Match(tokens.get(index), start, at + 1);
      }
    }
    return best;
  }

  private boolean standsAlone(byte[] text, Match match, int from, int to) {
    boolean wordBefore =
        match.start() > from && is(text, Utf8.before(text, match.start()), UnicodeClasses.WORD);
    boolean wordAfter = match.end() < to && is(text, match.end(), UnicodeClasses.WORD);
    return !wordBefore && !wordAfter;
  }

  private Match strip(byte[] text, Match match, int free, int to) {
    int start = match.start();
    while (match.token().lstrip() && start > free) {
      int before = Utf8.before(text, start);
      if (!is(text, before, UnicodeClasses.SPACE)) {
        break;
      }
      start = before;
    }
    int end = match.end();
    while (match.token().rstrip() && end < to && is(text, end, UnicodeClasses.SPACE)) {
      end += Utf8.width(text[end]);
    }
    return new Match(match.token(), start, end);
  }

  private boolean is(byte[] text, int at, int wanted) {
    return (unicode.of(Utf8.codePoint(text, at)) & wanted) != 0;
  }
}
