package dev.hadal.generate;

import dev.hadal.numerics.RandomStream;
import java.util.Arrays;

/**
 * Draws tokens from logits. The random number of a draw is a function of (seed, choice, position),
 * so a token depends on the text before it and on nothing else: not on the batch, on a pause, or on
 * a draft that was guessed before.
 *
 * <p>Order: {@link Penalties} and a {@link LogitsProcessor} have changed the logits before; the
 * {@code topK} best by logit, ties to the lowest id; weights {@code exp((logit - best) /
 * temperature)} in binary64; of those in descending order the fewest that reach {@code topP} of
 * their sum; of those the ones of at least {@code minP}; then the first in ascending id whose
 * cumulated weight exceeds the random share of the total.
 */
public final class Sampler {
  private static final int FIRST_GUESS = 256;

  private final SamplingOptions options;
  private final RandomStream random;

  /**
   * A sampler of one continuation.
   *
   * @param choice number of the continuation among those of one request
   */
  public Sampler(SamplingOptions options, int choice) {
    this.options = options;
    this.random = new RandomStream(options.seed(), choice);
  }

  /**
   * The token at a position.
   *
   * @param logits of all tokens; NaN counts as impossible
   * @throws GenerateException if no token is possible
   */
  public int sample(double[] logits, int position) {
    int best = Largest.one(logits);
    double largest = logits[best];
    if (!(largest > Double.NEGATIVE_INFINITY) || largest == Double.POSITIVE_INFINITY) {
      throw new GenerateException(
          "logits at position %d: expected a finite largest value, found %s"
              .formatted(position, largest));
    }
    if (options.temperature() == 0 || options.topK() == 1) {
      return best;
    }
    boolean all = options.topP() == 1 && (options.topK() == 0 || options.topK() >= logits.length);
    int[] kept = all ? ascending(logits.length) : cut(logits, largest);
    return draw(logits, largest, kept, random.uniform(position));
  }

  private double weight(double logit, double largest) {
    // NaN, as -infinity, weighs nothing.
    return Double.isNaN(logit) ? 0 : StrictMath.exp((logit - largest) / options.temperature());
  }

  private static int[] ascending(int count) {
    int[] ids = new int[count];
    Arrays.setAll(ids, id -> id);
    return ids;
  }

  /** The ids that topK and topP leave, ascending. */
  private int[] cut(double[] logits, double largest) {
    int most = options.topK() == 0 ? logits.length : Math.min(options.topK(), logits.length);
    if (options.topP() == 1) {
      int[] kept = Largest.of(logits, most);
      Arrays.sort(kept);
      return kept;
    }
    double total = total(logits, largest, most);
    // The best few usually reach the share; only if they do not are more put in order.
    for (int count = Math.min(FIRST_GUESS, most); ; count = (int) Math.min(8L * count, most)) {
      int[] ordered = Largest.of(logits, count);
      double sum = 0;
      for (int n = 0; n < count; n++) {
        sum += weight(logits[ordered[n]], largest);
        if (sum >= options.topP() * total || (n + 1 == count && count == most)) {
          int[] kept = Arrays.copyOf(ordered, n + 1);
          Arrays.sort(kept);
          return kept;
        }
      }
    }
  }

  /** The sum of the weights of the {@code most} best. */
  private double total(double[] logits, double largest, int most) {
    double total = 0;
    if (most == logits.length) {
      for (double logit : logits) {
        total += weight(logit, largest);
      }
    } else {
      for (int id : Largest.of(logits, most)) {
        total += weight(logits[id], largest);
      }
    }
    return total;
  }

  private int draw(double[] logits, double largest, int[] kept, double share) {
    double[] weights = new double[kept.length];
    double total = 0;
    for (int i = 0; i < kept.length; i++) {
      double weight = weight(logits[kept[i]], largest);
      weights[i] = weight >= options.minP() ? weight : 0;
      total += weights[i];
    }
    double target = share * total;
    double sum = 0;
    int last = -1;
    for (int i = 0; i < kept.length; i++) {
      if (weights[i] > 0) {
        sum += weights[i];
        last = kept[i];
        if (sum > target) {
          return last;
        }
      }
    }
    return last;
  }
}
