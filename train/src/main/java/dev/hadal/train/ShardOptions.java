package dev.hadal.train;

/**
 * How training documents become token shards.
 *
 * @param seed of the order in which documents are taken and of fill-in-the-middle
 * @param maxTokens documents are taken until they have so many tokens
 * @param fimRate share of the documents that are put in fill-in-the-middle form; the report's is
 *     0.1 (§4.1)
 * @param length L, inputs of a training sequence: a text in fill-in-the-middle form must fit one
 * @param editions how many independent choices of fill-in-the-middle are kept; epoch e uses edition
 *     e mod editions
 * @param threads how many threads encode; changes no result
 */
public record ShardOptions(
    long seed, long maxTokens, double fimRate, int length, int editions, int threads) {
  private static final int MOST_EDITIONS = 64;
  private static final int SHORTEST = 8;
  private static final int LONGEST = 1 << 20;

  /**
   * Checks the numbers.
   *
   * @throws TrainException naming the field, its value and the rule
   */
  public ShardOptions {
    require(maxTokens >= 1, "max_tokens", "1 or more", maxTokens);
    require(fimRate >= 0 && fimRate <= 1, "fim_rate", "0 to 1", fimRate);
    require(length >= SHORTEST && length <= LONGEST, "length", SHORTEST + " to " + LONGEST, length);
    require(editions >= 1 && editions <= MOST_EDITIONS, "editions", "1 to 64", editions);
    require(threads >= 1, "threads", "1 or more", threads);
  }

  private static void require(boolean holds, String name, String expected, Number found) {
    if (!holds) {
      throw new TrainException("data: %s: expected %s, found %s".formatted(name, expected, found));
    }
  }
}
