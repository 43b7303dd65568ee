package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static SamplingOptions options(double temperature, int k, double p, double min) {
    return SamplingOptions.sampled(temperature, 42, 1).withCuts(k, p, min);
  }

  private static Set<Integer> seen(SamplingOptions options, double... logits) {
    Sampler sampler = new Sampler(options, 0);
    Set<Integer> seen = new TreeSet<>();
    for (int position = 0; position < 2000; position++) {
      seen.add(sampler.sample(logits, position));
    }
    return seen;
  }

  @Test
  void greedyTakesTheLowestOfEqualIds() {
    Sampler greedy = new Sampler(SamplingOptions.greedy(1), 0);
    assertThat(greedy.sample(new double[] {1, 3, 3, 2}, 0)).isEqualTo(1);
    assertThat(greedy.sample(new double[] {Double.NaN, -5, -5}, 0)).isEqualTo(1);
    assertThat(new Sampler(options(1, 1, 1, 0), 0).sample(new double[] {0, 0}, 7)).isZero();
  }

  @Test
  void cutsKeepWhatTheyPromise() {
    // Probabilities 0.5, 0.25, 0.125, 0.125.
    double[] logits = {Math.log(1), Math.log(4), Math.log(2), Math.log(1)};
    assertThat(seen(options(1, 0, 1, 0), logits)).containsExactly(0, 1, 2, 3);
    assertThat(seen(options(1, 2, 1, 0), logits)).containsExactly(1, 2);
    assertThat(seen(options(1, 3, 1, 0), logits)).containsExactly(0, 1, 2);
    assertThat(seen(options(1, 0, 0.5, 0), logits)).containsExactly(1);
    assertThat(seen(options(1, 0, 0.6, 0), logits)).containsExactly(1, 2);
    assertThat(seen(options(1, 0, 0.8, 0), logits)).containsExactly(0, 1, 2);
    assertThat(seen(options(1, 0, 1, 0.4), logits)).containsExactly(1, 2);
    // A share of the two best: 0.6 of 0.75 is less than 0.5.
    assertThat(seen(options(1, 2, 0.6, 0), logits)).containsExactly(1);
    assertThat(seen(options(1, 0, 1, 0), 0, Double.NaN, Double.NEGATIVE_INFINITY, 0))
        .containsExactly(0, 3);
  }

  @Test
  void frequenciesAreTheProbabilities() {
    double temperature = 0.7;
    double[] logits = {0.3, -1, 1.1, 0};
    double[] expected = new double[4];
    double sum = 0;
    for (int v = 0; v < 4; v++) {
      expected[v] = Math.exp(logits[v] / temperature);
      sum += expected[v];
    }
    Sampler sampler = new Sampler(options(temperature, 0, 1, 0), 0);
    int[] counts = new int[4];
    int draws = 100_000;
    for (int position = 0; position < draws; position++) {
      counts[sampler.sample(logits, position)]++;
    }
    for (int v = 0; v < 4; v++) {
      assertThat((double) counts[v] / draws)
          .isBetween(expected[v] / sum - 0.01, expected[v] / sum + 0.01);
    }
  }

  /** Against the definition with everything sorted, on more tokens than are sorted at first. */
  @Test
  void shortcutsKeepTheSameTokens() {
    Random random = new Random(7);
    for (int round = 0; round < 40; round++) {
      double[] logits = new double[3000];
      for (int v = 0; v < logits.length; v++) {
        // Few distinct values: many ties.
        logits[v] = random.nextInt(60) / (double) (1 + round);
      }
      SamplingOptions options =
          options(
              0.5 + random.nextDouble(),
              random.nextInt(2) * random.nextInt(3000),
              random.nextInt(3) == 0 ? 1 : 0.05 + 0.95 * random.nextDouble(),
              0);
      Set<Integer> kept = defined(options, logits);
      Sampler sampler = new Sampler(options, round);
      for (int position = 0; position < 30; position++) {
        assertThat(kept).contains(sampler.sample(logits, position));
      }
    }
  }

  private static Set<Integer> defined(SamplingOptions options, double[] logits) {
    List<Integer> ids = new ArrayList<>(IntStream.range(0, logits.length).boxed().toList());
    ids.sort(Comparator.<Integer>comparingDouble(v -> -logits[v]).thenComparingInt(v -> v));
    if (options.topK() > 0) {
      ids = ids.subList(0, Math.min(options.topK(), ids.size()));
    }
    double total = 0;
    for (int id : ids) {
      total += Math.exp(logits[id] / options.temperature());
    }
    Set<Integer> kept = new TreeSet<>();
    double sum = 0;
    for (int id : ids) {
      kept.add(id);
      sum += Math.exp(logits[id] / options.temperature());
      if (sum > options.topP() * total * (1 + 1e-12)) {
        break;
      }
    }
    return kept;
  }

  @Test
  void drawsAreAFunctionOfSeedChoiceAndPosition() {
    double[] logits = new double[1000];
    SamplingOptions options = SamplingOptions.sampled(1, 5, 1);
    int drawn = new Sampler(options, 2).sample(logits, 3);
    assertThat(new Sampler(options, 2).sample(logits, 3)).isEqualTo(drawn);
    assertThat(new Sampler(options, 1).sample(logits, 3)).isNotEqualTo(drawn);
    assertThat(new Sampler(options, 2).sample(logits, 4)).isNotEqualTo(drawn);
    assertThat(new Sampler(SamplingOptions.sampled(1, 6, 1), 2).sample(logits, 3))
        .isNotEqualTo(drawn);
  }

  @Test
  void impossibleLogitsAreRefused() {
    Sampler sampler = new Sampler(SamplingOptions.greedy(1), 0);
    assertThatThrownBy(() -> sampler.sample(new double[] {Double.NaN, Double.NaN}, 9))
        .isInstanceOf(GenerateException.class)
        .hasMessageContaining("position 9")
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> sampler.sample(new double[] {0, Double.POSITIVE_INFINITY}, 9))
        .hasMessageContaining("Infinity");
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> SamplingOptions.sampled(-1, 0, 1))
        .hasMessage("temperature: expected 0 to 100, found -1.0");
    assertThatThrownBy(() -> SamplingOptions.sampled(Double.NaN, 0, 1))
        .hasMessageContaining("found NaN");
    assertThatThrownBy(() -> options(1, -1, 1, 0)).hasMessageContaining("top_k");
    assertThatThrownBy(() -> options(1, 0, 0, 0)).hasMessageContaining("top_p");
    assertThatThrownBy(() -> options(1, 0, 1, 1.5)).hasMessageContaining("min_p");
    assertThatThrownBy(() -> SamplingOptions.greedy(-1)).hasMessageContaining("max_tokens");
    assertThatThrownBy(() -> SamplingOptions.greedy(1).withStop(List.of("")))
        .hasMessageContaining("stop");
    assertThatThrownBy(() -> SamplingOptions.greedy(1).withLogprobs(101))
        .hasMessageContaining("logprobs");
  }
}
