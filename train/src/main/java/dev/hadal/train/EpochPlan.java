package dev.hadal.train;

import java.util.Arrays;

/**
 * The order of one pass over the shards: records in random order, cut into windows of consecutive
 * records that are packed on their own.
 *
 * @param number from 0
 * @param order records in the order of this pass
 * @param windowRecords where in {@code order} each window begins, and the end
 * @param windowTokens how many tokens of all passes come before each window, and before the end
 */
record EpochPlan(long number, int[] order, int[] windowRecords, long[] windowTokens) {
  static EpochPlan of(
      TokenShards shards, long seed, long number, long firstToken, long tokensOfWindow) {
    int[] records = shards.records((int) (number % shards.editions()));
    int[] order = SeededOrder.of(seed, SeededOrder.EPOCH + number, records.length);
    int[] windowRecords = new int[16];
    long[] windowTokens = new long[16];
    windowTokens[0] = firstToken;
    int windows = 1;
    long tokens = firstToken;
    for (int i = 0; i < order.length; i++) {
      order[i] = records[order[i]];
      if (tokens - windowTokens[windows - 1] >= tokensOfWindow) {
        if (windows + 1 == windowTokens.length) {
          windowRecords = Arrays.copyOf(windowRecords, 2 * windows + 2);
          windowTokens = Arrays.copyOf(windowTokens, 2 * windows + 2);
        }
        windowRecords[windows] = i;
        windowTokens[windows] = tokens;
        windows++;
      }
      tokens += shards.length(order[i]) + TokenShards.ENDS;
    }
    // A short last window joins the one before it: each is longer than a sequence.
    if (windows > 1 && tokens - windowTokens[windows - 1] < tokensOfWindow) {
      windows--;
    }
    windowRecords[windows] = order.length;
    windowTokens[windows] = tokens;
    return new EpochPlan(
        number,
        order,
        Arrays.copyOf(windowRecords, windows + 1),
        Arrays.copyOf(windowTokens, windows + 1));
  }

  int windows() {
    return windowTokens.length - 1;
  }

  /** The window that holds a token, counted over all passes. */
  int window(long token) {
    int found = Arrays.binarySearch(windowTokens, token);
    return found >= 0 ? found : -found - 2;
  }
}
