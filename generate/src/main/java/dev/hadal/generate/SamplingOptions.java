package dev.hadal.generate;

import java.util.List;

/**
 * How a continuation is drawn and when it ends.
 *
 * @param temperature what logits are divided by; 0 takes the best token
 * @param topK only the so many best tokens; 0 for all
 * @param topP of those, the fewest best whose probabilities reach this share; 1 for all
 * @param minP of those, the ones with at least this share of the best one's probability; 0 for all
 * @param seed with the choice and the position decides every draw
 * @param maxTokens the most tokens; 0 for as many as the context has room for
 * @param stop texts that end the continuation; they are not part of it
 * @param logprobs how many of the best tokens' logarithms to report with each token; 0 for the
 *     token's own, {@link #NO_LOGPROBS} for none
 * @param penalties what is done to logits first
 * @param speculate whether drafts of the MTP layer may be used; they never change the result
 */
public record SamplingOptions(
    double temperature,
    int topK,
    double topP,
    double minP,
    long seed,
    int maxTokens,
    List<String> stop,
    int logprobs,
    Penalties penalties,
    boolean speculate) {
  /** No logarithms. */
  public static final int NO_LOGPROBS = -1;

  private static final int MOST_LOGPROBS = 100;
  private static final int MOST_STOPS = 64;
  private static final int LONGEST_STOP = 4096;

  /** Checks the ranges. */
  public SamplingOptions {
    stop = List.copyOf(stop);
    require(temperature >= 0 && temperature <= 100, "temperature", "0 to 100", temperature);
    require(topK >= 0, "top_k", "0 or more", topK);
    require(topP > 0 && topP <= 1, "top_p", "above 0, at most 1", topP);
    require(minP >= 0 && minP <= 1, "min_p", "0 to 1", minP);
    require(maxTokens >= 0, "max_tokens", "0 or more", maxTokens);
    require(stop.size() <= MOST_STOPS, "stop", "at most %d".formatted(MOST_STOPS), stop.size());
    for (String text : stop) {
      require(
          !text.isEmpty() && text.length() <= LONGEST_STOP,
          "stop",
          "texts of 1 to %d characters".formatted(LONGEST_STOP),
          text.length());
    }
    require(
        logprobs >= NO_LOGPROBS && logprobs <= MOST_LOGPROBS,
        "logprobs",
        "at most %d".formatted(MOST_LOGPROBS),
        logprobs);
  }

  private static void require(boolean holds, String field, String expected, Object found) {
    if (!holds) {
      throw new GenerateException("%s: expected %s, found %s".formatted(field, expected, found));
    }
  }

  /** The best token each time. */
  public static SamplingOptions greedy(int maxTokens) {
    return sampled(0, 0, maxTokens);
  }

  /** Draws from the whole distribution at a temperature. */
  public static SamplingOptions sampled(double temperature, long seed, int maxTokens) {
    return new SamplingOptions(
        temperature, 0, 1, 0, seed, maxTokens, List.of(), NO_LOGPROBS, Penalties.NONE, true);
  }

  /** The same with this many tokens at most; 0 for as many as the context has room for. */
  public SamplingOptions withMaxTokens(int most) {
    return new SamplingOptions(
        temperature, topK, topP, minP, seed, most, stop, logprobs, penalties, speculate);
  }

  /** The same with these cuts. */
  public SamplingOptions withCuts(int k, double p, double min) {
    return new SamplingOptions(
        temperature, k, p, min, seed, maxTokens, stop, logprobs, penalties, speculate);
  }

  /** The same with these stop texts. */
  public SamplingOptions withStop(List<String> texts) {
    return new SamplingOptions(
        temperature, topK, topP, minP, seed, maxTokens, texts, logprobs, penalties, speculate);
  }

  /** The same with logarithms. */
  public SamplingOptions withLogprobs(int count) {
    return new SamplingOptions(
        temperature, topK, topP, minP, seed, maxTokens, stop, count, penalties, speculate);
  }

  /** The same with these penalties. */
  public SamplingOptions withPenalties(Penalties others) {
    return new SamplingOptions(
        temperature, topK, topP, minP, seed, maxTokens, stop, logprobs, others, speculate);
  }

  /** The same with or without drafts. */
  public SamplingOptions withSpeculation(boolean allowed) {
    return new SamplingOptions(
        temperature, topK, topP, minP, seed, maxTokens, stop, logprobs, penalties, allowed);
  }
}
