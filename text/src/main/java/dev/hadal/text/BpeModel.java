package dev.hadal.text;

import dev.hadal.template.Quoted;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A vocabulary made ready for encoding: which pair merges when, and into what. Immutable. */
final class BpeModel {
  /** Comes after every rank. */
  static final int NEVER = Integer.MAX_VALUE;

  private final int[] byteIds = new int[ByteLevel.BYTES];
  private final PairMap ranks;
  private final int[] merged;
  private final boolean wholePiecesFirst;
  private final Map<String, Integer> ids;

  /**
   * Checks and compiles a vocabulary.
   *
   * @param wholePiecesFirst a piece that is a token is that token, whatever the merges say
   * @throws TextException if a token occurs twice, a byte has no token, or a merge repeats or names
   *     or makes a token that does not exist
   */
  BpeModel(BpeVocabulary vocabulary, boolean wholePiecesFirst) {
    this.wholePiecesFirst = wholePiecesFirst;
    ids = index(vocabulary.tokens());
    Arrays.setAll(byteIds, value -> byteId((byte) value));
    List<BpeVocabulary.Merge> merges = vocabulary.merges();
    ranks = new PairMap(merges.size());
    merged = new int[merges.size()];
    int rank = 0;
    for (BpeVocabulary.Merge merge : merges) {
      int left = part(rank, merge.left());
      int right = part(rank, merge.right());
      merged[rank] = part(rank, merge.left() + merge.right());
      int before = ranks.putIfAbsent(PairMap.key(left, right), rank);
      if (before != PairMap.ABSENT) {
        throw new TextException(
            "merges[%d]: the pair is already merges[%d]".formatted(rank, before));
      }
      rank++;
    }
  }

  /** The ids of the tokens by their spelling. */
  Map<String, Integer> ids() {
    return ids;
  }

  boolean wholePiecesFirst() {
    return wholePiecesFirst;
  }

  int byteId(int unsigned) {
    return byteIds[unsigned];
  }

  /** When the pair merges: the smaller the earlier; {@link #NEVER} if it does not. */
  int rank(int left, int right) {
    int rank = ranks.get(PairMap.key(left, right));
    return rank == PairMap.ABSENT ? NEVER : rank;
  }

  /** What the pair of this rank becomes. */
  int merged(int rank) {
    return merged[rank];
  }

  private static Map<String, Integer> index(List<String> tokens) {
    Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
    for (int id = 0; id < tokens.size(); id++) {
      if (Utf8.hasLoneSurrogate(tokens.get(id))) {
        throw new TextException(
            "vocab: expected Unicode text, found a lone surrogate in the token " + id);
      }
      Integer before = ids.putIfAbsent(tokens.get(id), id);
      if (before != null) {
        throw new TextException(
            "vocab: %s has the ids %d and %d".formatted(Quoted.text(tokens.get(id)), before, id));
      }
    }
    return ids;
  }

  private int byteId(byte value) {
    String character = String.valueOf(ByteLevel.character(value));
    Integer id = ids.get(character);
    if (id == null) {
      throw new TextException(
          "vocab: expected a token for each of the 256 bytes, found none for %02X (%s)"
              .formatted(value, Quoted.text(character)));
    }
    return id;
  }

  private int part(int rank, String token) {
    Integer id = ids.get(token);
    if (id == null) {
      throw new TextException(
          "merges[%d]: the vocabulary has no token %s".formatted(rank, Quoted.text(token)));
    }
    return id;
  }
}
