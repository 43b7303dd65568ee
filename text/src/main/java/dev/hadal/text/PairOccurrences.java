package dev.hadal.text;

import java.util.Arrays;

/** For each pair of neighbouring tokens: how often it occurs, and in which words. */
final class PairOccurrences {
  private static final int[] NO_WORDS = {};

  private final PairMap indices = new PairMap(1 << 12);
  private long[] counts = new long[1 << 12];
  private long[] keys = new long[1 << 12];
  private int[][] words = new int[1 << 12][];
  private int[] wordCounts = new int[1 << 12];
  private boolean[] touched = new boolean[1 << 12];
  private int size;

  /** The pairs whose count grew since they were last pushed. */
  private final IntList touchedPairs = new IntList(1 << 12);

  /** How often a pair occurs. */
  long count(long key) {
    int pair = indices.get(key);
    return pair == PairMap.ABSENT ? 0 : counts[pair];
  }

  /** A pair was made in a word that occurs so many times. */
  void add(long key, long times, int word) {
    int pair = indices.putIfAbsent(key, size);
    if (pair == PairMap.ABSENT) {
      pair = create(key);
    }
    counts[pair] += times;
    int n = wordCounts[pair];
    int[] list = words[pair];
    if (n == 0 || list[n - 1] != word) {
      if (n == list.length) {
        list = Arrays.copyOf(list, Math.max(4, n * 2));
        words[pair] = list;
      }
      list[n] = word;
      wordCounts[pair] = n + 1;
    }
    if (!touched[pair]) {
      touched[pair] = true;
      touchedPairs.add(pair);
    }
  }

  /** A pair is gone from one place of a word that occurs so many times. */
  void subtract(long key, long times) {
    int pair = indices.get(key);
    if (pair != PairMap.ABSENT) {
      counts[pair] -= times;
    }
  }

  /** The words that may hold a pair. */
  int[] words(long key) {
    int pair = indices.get(key);
    return Arrays.copyOf(words[pair], wordCounts[pair]);
  }

  /** A pair occurs no longer. */
  void forget(long key) {
    int pair = indices.get(key);
    words[pair] = NO_WORDS;
    wordCounts[pair] = 0;
    counts[pair] = 0;
  }

  /** Puts the pairs whose count grew since the last call on the heap. */
  void pushTouched(PairHeap heap) {
    for (int i = 0; i < touchedPairs.size(); i++) {
      int pair = touchedPairs.get(i);
      touched[pair] = false;
      if (counts[pair] > 0) {
        heap.push(counts[pair], keys[pair]);
      }
    }
    touchedPairs.clear();
  }

  private int create(long key) {
    int pair = size++;
    if (pair == counts.length) {
      counts = Arrays.copyOf(counts, pair * 2);
      keys = Arrays.copyOf(keys, pair * 2);
      words = Arrays.copyOf(words, pair * 2);
      wordCounts = Arrays.copyOf(wordCounts, pair * 2);
      touched = Arrays.copyOf(touched, pair * 2);
    }
    keys[pair] = key;
    words[pair] = NO_WORDS;
    return pair;
  }
}
