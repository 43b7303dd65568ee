package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Encoding by derived merges is encoding by ranks, however odd the ranks are. */
class RankedMergesPropertyTest {
  private static final int ROUNDS = 300;
  private static final int TEXTS = 40;

  @Test
  void mergesEncodeAsRanksDo() {
    Random random = new Random(NastyText.seed("RankedMergesPropertyTest"));
    for (int round = 0; round < ROUNDS; round++) {
      List<String> tokens = vocabulary(random, round % 3);
      Map<String, Integer> ranks = new HashMap<>();
      tokens.forEach(token -> ranks.put(token, ranks.size()));
      List<byte[]> bytes =
          tokens.stream().map(token -> token.getBytes(StandardCharsets.ISO_8859_1)).toList();
      List<String> spelled = bytes.stream().map(b -> ByteLevel.text(b, 0, b.length)).toList();
      BpeModel model = new BpeModel(new BpeVocabulary(spelled, RankedMerges.of(bytes)), false);
      PieceMerger merger = new PieceMerger(model);
      for (int i = 0; i < TEXTS; i++) {
        String text = letters(random, 1 + random.nextInt(i % 8 == 0 ? 150 : 30), 1 + i % 4);
        byte[] piece = text.getBytes(StandardCharsets.ISO_8859_1);
        IntList ids = new IntList(8);
        merger.encode(piece, 0, piece.length, ids);
        assertThat(ids.toArray()).as(text).isEqualTo(byRanks(ranks, text));
      }
    }
  }

  /** All bytes and random words; the ranks in order of length, words shuffled, or all shuffled. */
  private static List<String> vocabulary(Random random, int kind) {
    Set<String> words = new LinkedHashSet<>();
    for (int n = random.nextInt(60); n >= 0; n--) {
      words.add(letters(random, 2 + random.nextInt(7), 1 + random.nextInt(4)));
    }
    List<String> tokens = new ArrayList<>(words);
    if (kind == 0) {
      tokens.sort((a, b) -> a.length() - b.length());
    }
    for (int b = 0; b < 256; b++) {
      tokens.add(kind == 2 ? random.nextInt(tokens.size() + 1) : b, String.valueOf((char) b));
    }
    if (kind == 2) {
      Collections.shuffle(tokens, random);
    }
    return tokens;
  }

  private static String letters(Random random, int length, int kinds) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(kinds)));
    }
    return text.toString();
  }

  /** tiktoken's rule as it is written: the neighbours that are the token of the lowest rank. */
  private static int[] byRanks(Map<String, Integer> ranks, String text) {
    List<String> parts = new ArrayList<>(List.of(text.split("")));
    while (true) {
      int best = Integer.MAX_VALUE;
      int at = -1;
      for (int i = 0; i + 1 < parts.size(); i++) {
        int rank = ranks.getOrDefault(parts.get(i) + parts.get(i + 1), Integer.MAX_VALUE);
        if (rank < best) {
          best = rank;
          at = i;
        }
      }
      if (at < 0) {
        return parts.stream().mapToInt(part -> ranks.getOrDefault(part, -1)).toArray();
      }
      parts.set(at, parts.get(at) + parts.remove(at + 1));
    }
  }
}
