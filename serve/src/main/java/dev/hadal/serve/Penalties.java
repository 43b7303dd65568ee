package dev.hadal.serve;

import dev.hadal.generate.LogitsProcessor;
import java.util.Arrays;
import java.util.Map;

/**
 * What OpenAI's API reference calls penalties and bias: for each token that has been drawn its
 * logit is lowered once by the presence penalty and for each time by the frequency penalty.
 *
 * @param bias token ids to what is added
 */
record Penalties(double frequency, double presence, Map<Integer, Double> bias)
    implements LogitsProcessor {
  /** Whether nothing would be changed. */
  boolean neutral() {
    return frequency == 0 && presence == 0 && bias.isEmpty();
  }

  @Override
  public void process(int[] generated, double[] logits) {
    bias.forEach((token, value) -> logits[token] += value);
    if (frequency == 0 && presence == 0) {
      return;
    }
    int[] drawn = generated.clone();
    Arrays.sort(drawn);
    for (int from = 0; from < drawn.length; ) {
      int to = from;
      while (to < drawn.length && drawn[to] == drawn[from]) {
        to++;
      }
      logits[drawn[from]] -= presence + frequency * (to - from);
      from = to;
    }
  }
}
