package dev.hadal.generate;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;

/**
 * What is done to logits before a token is drawn from them, in this order:
 *
 * <ol>
 *   <li>{@code bias} is added (OpenAI API reference, {@code logit_bias});
 *   <li>the logit of each token that occurs among the last {@code repeatLastN} tokens of prompt and
 *       continuation is divided by {@code repetition} if it is positive and multiplied by it if
 *       not, once, however often the token occurs (Keskar et al. 2019, as in Hugging Face
 *       transformers);
 *   <li>of each token that occurs in the continuation, {@code presence} is subtracted once and
 *       {@code frequency} as often as it occurs (OpenAI API reference).
 * </ol>
 *
 * <p>All of it is a function of the tokens before the drawn one, so drafts, pauses and batches
 * change nothing. Temperature and cuts come afterwards.
 *
 * @param repetition above 0, at most 100; 1 for none, more against repetition
 * @param repeatLastN how many tokens before the drawn one count for {@code repetition}; 0 for all
 * @param presence -100 to 100; 0 for none
 * @param frequency -100 to 100; 0 for none
 * @param bias token ids to what is added: at most 1000, -infinity makes a token impossible
 */
public record Penalties(
    double repetition,
    int repeatLastN,
    double presence,
    double frequency,
    Map<Integer, Double> bias) {
  /** Changes nothing. */
  public static final Penalties NONE = new Penalties(1, 0, 0, 0, Map.of());

  private static final double STRONGEST = 100;
  private static final double LARGEST_BIAS = 1000;

  /**
   * Checks the ranges.
   *
   * @throws GenerateException naming the field as requests name it
   */
  public Penalties {
    bias = Map.copyOf(bias);
    require(
        repetition > 0 && repetition <= STRONGEST,
        "repetition_penalty",
        "above 0, at most 100",
        repetition);
    require(repeatLastN >= 0, "repeat_last_n", "0 or more", repeatLastN);
    require(Math.abs(presence) <= STRONGEST, "presence_penalty", "-100 to 100", presence);
    require(Math.abs(frequency) <= STRONGEST, "frequency_penalty", "-100 to 100", frequency);
    bias.forEach(
        (token, value) -> {
          require(token >= 0, "logit_bias", "token ids of 0 or more", token);
          require(
              (value >= -LARGEST_BIAS || value == Double.NEGATIVE_INFINITY)
                  && value <= LARGEST_BIAS,
              "logit_bias",
              "values from -1000 to 1000, or -infinity",
              value);
        });
  }

  private static void require(boolean holds, String field, String expected, Object found) {
    if (!holds) {
      throw new GenerateException("%s: expected %s, found %s".formatted(field, expected, found));
    }
  }

  /** Whether nothing would be changed. */
  public boolean neutral() {
    return repetition == 1 && presence == 0 && frequency == 0 && bias.isEmpty();
  }

  /**
   * Changes the logits of the token after the first {@code count} tokens.
   *
   * @param tokens prompt and continuation; what is behind {@code count} does not matter
   * @param prompt how many of them are the prompt
   * @param count how many there are
   * @param logits of all tokens
   */
  void apply(int[] tokens, int prompt, int count, double[] logits) {
    bias.forEach((token, value) -> logits[token] += value);
    if (repetition != 1) {
      int from = repeatLastN == 0 ? 0 : Math.max(0, count - repeatLastN);
      againstRepetition(tokens, from, count, logits);
    }
    if (presence != 0 || frequency != 0) {
      againstOccurrences(Arrays.copyOfRange(tokens, prompt, count), logits);
    }
  }

  private void againstRepetition(int[] tokens, int from, int to, double[] logits) {
    BitSet seen = new BitSet(logits.length);
    for (int i = from; i < to; i++) {
      int token = tokens[i];
      if (!seen.get(token)) {
        seen.set(token);
        double logit = logits[token];
        logits[token] = logit > 0 ? logit / repetition : logit * repetition;
      }
    }
  }

  private void againstOccurrences(int[] drawn, double[] logits) {
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
