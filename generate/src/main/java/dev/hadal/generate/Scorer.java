package dev.hadal.generate;

import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCache;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * How probable the model finds given tokens, with attention in the absorbed form. Sums are in
 * binary64.
 *
 * @param model stays the caller's
 */
public record Scorer(InferenceModel model) {
  private static final int ROWS = 256;

  /**
   * The score of a text.
   *
   * @param negativeLogLikelihood sum over the tokens but the first, in nats
   * @param tokens the number of tokens in that sum
   */
  public record Score(double negativeLogLikelihood, long tokens) {
    /** Nothing scored yet. */
    public static final Score NOTHING = new Score(0, 0);

    /** Both together. */
    public Score plus(Score other) {
      return new Score(negativeLogLikelihood + other.negativeLogLikelihood, tokens + other.tokens);
    }

    /** Nats per token. */
    public double mean() {
      return negativeLogLikelihood / tokens;
    }

    /** Perplexity: e to the mean. */
    public double perplexity() {
      return StrictMath.exp(mean());
    }

    /**
     * Bits per byte of text.
     *
     * @param bytes length of the scored text in UTF-8
     */
    public double bitsPerByte(long bytes) {
      return negativeLogLikelihood / StrictMath.log(2) / bytes;
    }
  }

  /**
   * The score of each token but the first, given those before it.
   *
   * @param ids at least two tokens, at most as many as the model has positions
   */
  public Score score(int[] ids) {
    double sum = 0;
    for (double logprob : logprobs(ids)) {
      sum -= logprob;
    }
    return new Score(sum, ids.length - 1L);
  }

  /** Is told how many of all windows are scored. */
  @FunctionalInterface
  public interface Progress {
    /** Another window is. */
    void scored(long windows, long allWindows);
  }

  /**
   * The score of a text of any length in windows that do not overlap: each token but the first is
   * predicted once, from up to {@code window} tokens before it in its window.
   *
   * @param ids at least two tokens
   * @param window tokens that are predicted together, at most the model's positions
   */
  public Score score(int[] ids, int window, Progress progress) {
    Score score = Score.NOTHING;
    int targets = ids.length - 1;
    long windows = (targets + window - 1L) / window;
    for (long i = 0; i < windows; i++) {
      int from = Math.toIntExact(i * window);
      int to = (int) Math.min(targets, (long) from + window);
      score = score.plus(score(Arrays.copyOfRange(ids, from, to + 1)));
      progress.scored(i + 1, windows);
    }
    return score;
  }

  /** The natural logarithm of each token's probability, from the second on. */
  public double[] logprobs(int[] ids) {
    int context = model.config().maxPositionEmbeddings();
    if (ids.length < 2 || ids.length > context + 1L) {
      throw new GenerateException(
          "score: expected 2 to %d tokens, found %d".formatted(context + 1L, ids.length));
    }
    int inputs = ids.length - 1;
    double[] logprobs = new double[inputs];
    try (LatentCache cache = model.newCache(inputs)) {
      for (int from = 0; from < inputs; from += ROWS) {
        int to = Math.min(inputs, from + ROWS);
        int[] part = Arrays.copyOfRange(ids, from, to);
        Tensor rows =
            model
                .forward(List.of(new InferenceModel.Chunk(cache, part, 0, false)))
                .logits()
                .getFirst();
        for (int i = from; i < to; i++) {
          logprobs[i] = logprob(rows, i - from, ids[i + 1]);
        }
      }
    }
    return logprobs;
  }

  /** The natural logarithm of a token's probability by a row of logits. */
  static double logprob(Tensor rows, int row, int token) {
    double[] logits = row(rows, row);
    return logits[token] - TokenLogprobs.normalizer(logits);
  }

  private static double[] row(Tensor rows, int row) {
    Tensor one = rows.slice(row, row + 1L);
    if (one.dtype() == DType.F64) {
      return one.toDoubles();
    }
    float[] values = one.toFloats();
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
