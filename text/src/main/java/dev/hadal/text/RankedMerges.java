package dev.hadal.text;

import java.util.ArrayList;
import java.util.List;

/**
 * The merges that a vocabulary with nothing but ranks implies. tiktoken merges, again and again,
 * the neighbours that together are the token of the lowest rank. Whatever happens inside a token's
 * bytes until they are one does not depend on what is around them, so its last merge is always of
 * the same two parts: those at which its own bytes arrive. One merge for each token, in the order
 * of ranks, is therefore the same encoder. A token at which its bytes do not arrive has no merge;
 * it is found only as a whole piece.
 */
final class RankedMerges {
  private static final int NEVER = Integer.MAX_VALUE;

  private final PieceTable ranks = new PieceTable();

  /** Where the parts of a token begin, and, after each part, the rank of it and the next one. */
  private int[] starts = new int[64];

  private int[] pairs = new int[64];

  private RankedMerges(List<byte[]> tokens) {
    for (int rank = 0; rank < tokens.size(); rank++) {
      byte[] token = tokens.get(rank);
      int entry = ranks.findOrAdd(token, 0, token.length);
      if (entry >= 0) {
        throw new TextException(
            "the ranks %d and %d have the same token".formatted(ranks.value(entry), rank));
      }
      ranks.setValue(~entry, rank);
    }
  }

  /**
   * The merges of tokens, index = rank.
   *
   * @throws TextException if a token occurs twice
   */
  static List<BpeVocabulary.Merge> of(List<byte[]> tokens) {
    RankedMerges merges = new RankedMerges(tokens);
    List<BpeVocabulary.Merge> all = new ArrayList<>();
    for (byte[] token : tokens) {
      int middle = token.length < 2 ? 0 : merges.lastMerge(token);
      if (middle > 0) {
        all.add(
            new BpeVocabulary.Merge(
                ByteLevel.text(token, 0, middle), ByteLevel.text(token, middle, token.length)));
      }
    }
    return all;
  }

  /** Where the last two parts of a token meet; 0 if its bytes do not become one. */
  private int lastMerge(byte[] token) {
    int parts = token.length;
    if (starts.length <= parts) {
      starts = new int[parts + 1];
      pairs = new int[parts + 1];
    }
    for (int i = 0; i <= parts; i++) {
      starts[i] = i;
    }
    for (int i = 0; i + 1 < parts; i++) {
      pairs[i] = pair(token, i);
    }
    while (parts > 2) {
      int lowest = lowest(parts - 1);
      if (pairs[lowest] == NEVER) {
        return 0;
      }
      System.arraycopy(starts, lowest + 2, starts, lowest + 1, parts - lowest - 1);
      System.arraycopy(pairs, lowest + 1, pairs, lowest, parts - lowest - 2);
      parts--;
      if (lowest + 1 < parts) {
        pairs[lowest] = pair(token, lowest);
      }
      if (lowest > 0) {
        pairs[lowest - 1] = pair(token, lowest - 1);
      }
    }
    // A single byte may be missing from a file that is refused for it later.
    int middle = starts[1];
    return isToken(token, 0, middle) && isToken(token, middle, token.length) ? middle : 0;
  }

  private boolean isToken(byte[] text, int from, int to) {
    return ranks.find(text, from, to) != PieceTable.ABSENT;
  }

  private int lowest(int count) {
    int lowest = 0;
    for (int i = 1; i < count; i++) {
      if (pairs[i] < pairs[lowest]) {
        lowest = i;
      }
    }
    return lowest;
  }

  private int pair(byte[] token, int part) {
    int entry = ranks.find(token, starts[part], starts[part + 2]);
    return entry == PieceTable.ABSENT ? NEVER : ranks.value(entry);
  }
}
