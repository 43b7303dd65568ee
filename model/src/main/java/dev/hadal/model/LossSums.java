package dev.hadal.model;

/**
 * Sums over the tokens of one or more micro-batches.
 *
 * @param main cross-entropy of the next token in nats
 * @param mtp cross-entropy of the token after it, unweighted
 * @param balance balance loss: alpha times each sequence's value times its length, over all layers
 * @param tokens main targets
 * @param mtpTokens MTP targets
 * @param mtpCorrect MTP targets that had the largest logit
 * @param loads tokens that each expert received: [layer that routes, the MTP layer last][expert]
 */
public record LossSums(
    double main,
    double mtp,
    double balance,
    long tokens,
    long mtpTokens,
    long mtpCorrect,
    long[][] loads) {

  /** The sums of both. */
  public LossSums plus(LossSums other) {
    long[][] sums = new long[loads.length][];
    for (int layer = 0; layer < loads.length; layer++) {
      sums[layer] = loads[layer].clone();
      for (int e = 0; e < sums[layer].length; e++) {
        sums[layer][e] += other.loads[layer][e];
      }
    }
    return new LossSums(
        main + other.main,
        mtp + other.mtp,
        balance + other.balance,
        tokens + other.tokens,
        mtpTokens + other.mtpTokens,
        mtpCorrect + other.mtpCorrect,
        sums);
  }
}
