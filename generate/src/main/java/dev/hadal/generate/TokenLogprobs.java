package dev.hadal.generate;

import java.util.List;

/**
 * Natural logarithms of the model's own probabilities, before temperature and cuts.
 *
 * @param id the token
 * @param logprob its value
 * @param top the most probable tokens, best first, ties to the lowest id; the token itself need not
 *     be among them
 */
public record TokenLogprobs(int id, double logprob, List<Candidate> top) {
  /** One of the most probable tokens. */
  public record Candidate(int id, double logprob) {}

  /** Copies the list. */
  public TokenLogprobs {
    top = List.copyOf(top);
  }

  /**
   * The values of a token and of the {@code count} best.
   *
   * @param logits of all tokens
   */
  public static TokenLogprobs of(double[] logits, int id, int count) {
    double normalizer = normalizer(logits);
    int[] best = Largest.of(logits, Math.min(count, logits.length));
    List<Candidate> top =
        java.util.Arrays.stream(best)
            .mapToObj(token -> new Candidate(token, logits[token] - normalizer))
            .toList();
    return new TokenLogprobs(id, logits[id] - normalizer, top);
  }

  /** The logarithm of the sum of exponentials: maximum first, then ascending ids. */
  static double normalizer(double[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += StrictMath.exp(logit - largest);
    }
    return largest + StrictMath.log(sum);
  }
}
