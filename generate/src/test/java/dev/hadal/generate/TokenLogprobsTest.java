package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TokenLogprobsTest {
  @Test
  void logarithmsOfTheSoftmax() {
    double[] logits = {Math.log(1), Math.log(4), Math.log(2), Math.log(1)};
    TokenLogprobs values = TokenLogprobs.of(logits, 2, 3);
    assertThat(values.logprob()).isCloseTo(Math.log(0.25), within(1e-15));
    assertThat(values.top()).extracting(TokenLogprobs.Candidate::id).containsExactly(1, 2, 0);
    assertThat(values.top().getFirst().logprob()).isCloseTo(Math.log(0.5), within(1e-15));
    assertThat(TokenLogprobs.of(logits, 2, 0).top()).isEmpty();
    assertThat(TokenLogprobs.of(logits, 2, 9).top()).hasSize(4);
  }

  @Test
  void largeLogitsDoNotOverflow() {
    assertThat(TokenLogprobs.of(new double[] {10_000, 10_000}, 0, 0).logprob())
        .isCloseTo(Math.log(0.5), within(1e-12));
  }
}
