package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PenaltiesTest {
  private static double[] changed(Penalties penalties, int[] tokens, int prompt, double... logits) {
    penalties.apply(tokens, prompt, tokens.length, logits);
    return logits;
  }

  @Test
  void repetitionCountsPromptAndContinuationOnce() {
    Penalties twice = new Penalties(2, 0, 0, 0, Map.of());
    assertThat(changed(twice, new int[] {0, 1, 1, 3}, 2, 4, -4, 4, 0)).containsExactly(2, -8, 4, 0);
    Penalties half = new Penalties(0.5, 0, 0, 0, Map.of());
    assertThat(changed(half, new int[] {0, 1}, 1, 4, -4, 4)).containsExactly(8, -2, 4);
  }

  @Test
  void repetitionMayForgetWhatIsFarBack() {
    Penalties last = new Penalties(2, 2, 0, 0, Map.of());
    assertThat(changed(last, new int[] {0, 1, 2}, 2, 4, 4, 4, 4)).containsExactly(4, 2, 2, 4);
    Penalties more = new Penalties(2, 7, 0, 0, Map.of());
    assertThat(changed(more, new int[] {0, 1, 2}, 2, 4, 4, 4, 4)).containsExactly(2, 2, 2, 4);
  }

  @Test
  void presenceAndFrequencyCountTheContinuation() {
    Penalties both = new Penalties(1, 1, 0.5, 0.25, Map.of());
    assertThat(changed(both, new int[] {3, 3, 0, 1, 0}, 2, 1, 1, 1, 1))
        .containsExactly(0, 0.25, 1, 1);
    assertThat(changed(both, new int[] {3}, 1, 1, 1, 1, 1)).containsExactly(1, 1, 1, 1);
  }

  @Test
  void theOrderIsBiasThenRepetitionThenOccurrences() {
    Penalties all = new Penalties(2, 0, 3, 0.5, Map.of(0, 2.0, 1, -9.0));
    assertThat(changed(all, new int[] {1, 0, 0}, 1, 6, 1, 1))
        .containsExactly((6 + 2) / 2.0 - 3 - 2 * 0.5, (1 - 9) * 2, 1);
  }

  @Test
  void tokensBehindTheCountDoNotMatter() {
    Penalties all = new Penalties(2, 0, 3, 0.5, Map.of());
    double[] logits = {4, 4, 4};
    all.apply(new int[] {0, 1, 2, 2}, 1, 2, logits);
    assertThat(logits).containsExactly(2, 4 / 2.0 - 3.5, 4);
  }

  @Test
  void theDefinitionOnRandomTokens() {
    Random random = new Random(11);
    for (int round = 0; round < 500; round++) {
      int vocabulary = 1 + random.nextInt(20);
      int[] tokens = random.ints(1 + random.nextInt(40), 0, vocabulary).toArray();
      int prompt = random.nextInt(tokens.length + 1);
      Map<Integer, Double> bias = new HashMap<>();
      for (int n = random.nextInt(3); n > 0; n--) {
        bias.put(random.nextInt(vocabulary), random.nextGaussian());
      }
      Penalties penalties =
          new Penalties(
              random.nextBoolean() ? 1 : 0.5 + random.nextDouble(),
              random.nextInt(2) * random.nextInt(10),
              random.nextInt(2) * random.nextGaussian(),
              random.nextInt(2) * random.nextGaussian(),
              bias);
      double[] logits = random.doubles(vocabulary, -3, 3).toArray();
      double[] expected = logits.clone();
      for (int v = 0; v < vocabulary; v++) {
        expected[v] = defined(penalties, tokens, prompt, v, logits[v]);
      }
      assertThat(changed(penalties, tokens, prompt, logits)).isEqualTo(expected);
    }
  }

  private static double defined(
      Penalties penalties, int[] tokens, int prompt, int token, double logit) {
    double changed = logit + penalties.bias().getOrDefault(token, 0.0);
    boolean near = false;
    int times = 0;
    for (int i = 0; i < tokens.length; i++) {
      boolean counts = penalties.repeatLastN() == 0 || i >= tokens.length - penalties.repeatLastN();
      near |= counts && tokens[i] == token;
      times += i >= prompt && tokens[i] == token ? 1 : 0;
    }
    if (near && penalties.repetition() != 1) {
      changed = changed > 0 ? changed / penalties.repetition() : changed * penalties.repetition();
    }
    return times == 0 ? changed : changed - (penalties.presence() + penalties.frequency() * times);
  }

  @Test
  void neutralOnesChangeNothing() {
    assertThat(Penalties.NONE.neutral()).isTrue();
    assertThat(new Penalties(1, 5, 0, 0, Map.of()).neutral()).isTrue();
    assertThat(new Penalties(1.1, 0, 0, 0, Map.of()).neutral()).isFalse();
    assertThat(new Penalties(1, 0, 0, 0, Map.of(1, 0.0)).neutral()).isFalse();
    assertThat(changed(Penalties.NONE, new int[] {0, 0}, 1, 1, 2)).containsExactly(1, 2);
  }

  @Test
  void rangesAreRefusedByName() {
    refused(() -> new Penalties(0, 0, 0, 0, Map.of()), "repetition_penalty: expected above 0");
    refused(() -> new Penalties(Double.NaN, 0, 0, 0, Map.of()), "repetition_penalty");
    refused(() -> new Penalties(101, 0, 0, 0, Map.of()), "found 101.0");
    refused(() -> new Penalties(1, -1, 0, 0, Map.of()), "repeat_last_n: expected 0 or more");
    refused(() -> new Penalties(1, 0, -101, 0, Map.of()), "presence_penalty");
    refused(() -> new Penalties(1, 0, Double.NaN, 0, Map.of()), "presence_penalty");
    refused(() -> new Penalties(1, 0, 0, 101, Map.of()), "frequency_penalty");
    refused(() -> new Penalties(1, 0, 0, 0, Map.of(-1, 0.0)), "logit_bias: expected token ids");
    refused(() -> new Penalties(1, 0, 0, 0, Map.of(1, 1001.0)), "logit_bias: expected values");
    refused(() -> new Penalties(1, 0, 0, 0, Map.of(1, Double.NaN)), "logit_bias");
    refused(() -> new Penalties(1, 0, 0, 0, Map.of(1, Double.POSITIVE_INFINITY)), "logit_bias");
    assertThat(new Penalties(1, 0, 0, 0, Map.of(1, Double.NEGATIVE_INFINITY)).neutral()).isFalse();
  }

  private static void refused(Runnable making, String named) {
    assertThatThrownBy(making::run)
        .isInstanceOf(GenerateException.class)
        .hasMessageContaining(named);
  }
}
