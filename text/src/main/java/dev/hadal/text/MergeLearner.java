package dev.hadal.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The learning of merges from counted words.
 *
 * <p>Counting all pairs anew for each merge would read the whole corpus thousands of times. Instead
 * the counts are kept up: {@link PairOccurrences} knows for each pair its count and the words that
 * hold it, so that a merge touches only those words. A heap gives the most frequent pair; when a
 * count falls, its entry in the heap stays as it is and is put right when it comes to the top.
 */
final class MergeLearner {
  private final List<String> tokens;
  private final Map<String, Integer> ids = new HashMap<>();
  private final List<String> specialTokens;
  private final List<BpeVocabulary.Merge> merges = new ArrayList<>();

  private final PairMap learned = new PairMap(1 << 10);

  /** Word w is symbols[starts[w]] and the lengths[w] - 1 after it, and occurs counts[w] times. */
  private final int[] symbols;

  private final int[] starts;
  private final int[] lengths;
  private final long[] counts;

  private final PairOccurrences pairs = new PairOccurrences();
  private final PairHeap heap = new PairHeap();

  /**
   * Prepares words.
   *
   * @param tokens the tokens there are: special ones and all bytes; those learned are added
   */
  MergeLearner(PieceCounts words, List<String> tokens, List<String> specialTokens) {
    this.tokens = tokens;
    this.specialTokens = specialTokens;
    for (String token : tokens) {
      ids.put(token, ids.size());
    }
    PieceTable pieces = words.pieces();
    starts = new int[pieces.size()];
    lengths = new int[pieces.size()];
    counts = new long[pieces.size()];
    int[] byteIds = byteIds();
    int word = 0;
    long size = 0;
    for (int e = pieces.first(); e < pieces.words(); e = pieces.after(e)) {
      size += pieces.length(e);
    }
    symbols = new int[Math.toIntExact(size)];
    int end = 0;
    for (int e = pieces.first(); e < pieces.words(); e = pieces.after(e)) {
      starts[word] = end;
      lengths[word] = pieces.length(e);
      counts[word] = words.count(e);
      for (int i = 0; i < lengths[word]; i++) {
        symbols[end++] = byteIds[pieces.byteAt(e, i) & 0xFF];
      }
      word++;
    }
  }

  private int[] byteIds() {
    int[] byteIds = new int[ByteLevel.BYTES];
    for (int value = 0; value < byteIds.length; value++) {
      byteIds[value] = tokens.lastIndexOf(String.valueOf(ByteLevel.character((byte) value)));
    }
    return byteIds;
  }

  /** Learns until there are so many tokens or no pair is that frequent. */
  BpeVocabulary learn(int vocabularySize, long minFrequency) {
    countPairs();
    pairs.pushTouched(heap);
    while (tokens.size() < vocabularySize && !heap.isEmpty()) {
      long key = heap.topKey();
      long count = pairs.count(key);
      if (count < minFrequency) {
        heap.pop();
      } else if (count < heap.topCount()) {
        heap.setTopCount(count);
      } else {
        heap.pop();
        merge(key);
      }
    }
    return new BpeVocabulary(tokens, merges);
  }

  private void countPairs() {
    for (int word = 0; word < starts.length; word++) {
      int end = starts[word] + lengths[word];
      for (int i = starts[word] + 1; i < end; i++) {
        pairs.add(PairMap.key(symbols[i - 1], symbols[i]), counts[word], word);
      }
    }
  }

  private void merge(long key) {
    String left = tokens.get(PairMap.left(key));
    String right = tokens.get(PairMap.right(key));
    String both = left + right;
    if (specialTokens.contains(both)) {
      pairs.forget(key);
      return;
    }
    Integer known = ids.putIfAbsent(both, tokens.size());
    int merged = known == null ? tokens.size() : known;
    if (known == null) {
      tokens.add(both);
    }
    // A pair comes again when another pair makes one of its tokens anew; it is learned already.
    if (learned.putIfAbsent(key, merged) == PairMap.ABSENT) {
      merges.add(new BpeVocabulary.Merge(left, right));
    }
    for (int word : pairs.words(key)) {
      mergeIn(word, PairMap.left(key), PairMap.right(key), merged);
    }
    pairs.forget(key);
    pairs.pushTouched(heap);
  }

  /** Replaces the pair in a word from left to right and keeps the counts of its neighbours. */
  private void mergeIn(int word, int left, int right, int merged) {
    long count = counts[word];
    int from = starts[word];
    int end = from + lengths[word];
    int out = from;
    int i = from;
    while (i < end) {
      if (symbols[i] != left || i + 1 == end || symbols[i + 1] != right) {
        symbols[out++] = symbols[i++];
        continue;
      }
      if (out > from) {
        pairs.subtract(PairMap.key(symbols[out - 1], left), count);
        pairs.add(PairMap.key(symbols[out - 1], merged), count, word);
      }
      if (i + 2 < end) {
        pairs.subtract(PairMap.key(right, symbols[i + 2]), count);
        pairs.add(PairMap.key(merged, symbols[i + 2]), count, word);
      }
      symbols[out++] = merged;
      i += 2;
    }
    lengths[word] = out - from;
  }
}
