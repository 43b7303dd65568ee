package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GeneratorTest {
  private final Kernels kernels = TestModel.kernels();
  private final Tokenizer tokenizer = TestModel.tokenizer();
  private final InferenceModel model =
      TestModel.model(tokenizer.size() + 3, 1, kernels, InferenceMode.BF16);
  private final Generator generator = new Generator(model, tokenizer, Set.of());
  private final int[] prompt = tokenizer.encode("the cat");

  @AfterAll
  void close() {
    model.close();
    kernels.close();
  }

  /** All tokens whatever they are; bytes of random characters among them. */
  private Generation reference(SamplingOptions options) {
    return generator.generate(prompt, options);
  }

  @Test
  void textIsThatOfTheTokens() {
    SamplingOptions options = SamplingOptions.sampled(1.3, 4, 200);
    List<GeneratedToken> tokens = new ArrayList<>();
    Generation generation = generator.generate(prompt, options, tokens::add);
    assertThat(generation.text()).isEqualTo(tokenizer.decode(generation.ids(), true));
    assertThat(generation.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(generation.promptTokens()).isEqualTo(prompt.length);
    assertThat(generation.completionTokens()).isEqualTo(200);
    assertThat(tokens).hasSize(200);
    assertThat(tokens.get(7).index()).isEqualTo(7);
    StringBuilder joined = new StringBuilder();
    tokens.forEach(token -> joined.append(token.text()));
    assertThat(joined.toString()).isEqualTo(generation.text());
    assertThat(generation.logprobs()).isEmpty();
  }

  @Test
  void aStopTextEndsAndIsNotPartOfTheText() {
    SamplingOptions options = SamplingOptions.sampled(1.3, 4, 200);
    Generation whole = reference(options);
    String stop = whole.text().substring(40, 43);
    int at = whole.text().indexOf(stop);
    Generation cut = generator.generate(prompt, options.withStop(List.of(stop)));
    assertThat(cut.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(cut.text()).isEqualTo(whole.text().substring(0, at));
    assertThat(whole.ids()).startsWith(cut.ids());
    assertThat(tokenizer.decode(cut.ids(), true)).contains(stop);
  }

  @Test
  void aStopTokenEndsAndHasNoText() {
    SamplingOptions options = SamplingOptions.sampled(1.3, 4, 200);
    Generation whole = reference(options);
    int stop = whole.ids()[25];
    int at = 0;
    while (whole.ids()[at] != stop) {
      at++;
    }
    Generation cut = new Generator(model, tokenizer, Set.of(stop)).generate(prompt, options);
    assertThat(cut.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(cut.completionTokens()).isEqualTo(at + 1);
    assertThat(cut.ids()[at]).isEqualTo(stop);
    assertThat(cut.text())
        .isEqualTo(tokenizer.decode(java.util.Arrays.copyOf(cut.ids(), at), true));
  }

  @Test
  void aListenerEndsTheGeneration() {
    List<GeneratedToken> tokens = new ArrayList<>();
    Generation generation =
        generator.generate(
            prompt,
            SamplingOptions.sampled(1.3, 4, 200),
            token -> {
              tokens.add(token);
              return tokens.size() < 5;
            });
    assertThat(generation.finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(generation.ids()).hasSize(5);
  }

  @Test
  void choicesDifferAndManyGiveWhatEachGives() {
    SamplingOptions options = SamplingOptions.sampled(1, 8, 30).withLogprobs(0);
    GenerationRequest request = GenerationRequest.of(prompt, options, Set.of());
    List<Generation> all =
        generator.generateAll(List.of(request, request.withChoice(1), request.withChoice(2)));
    assertThat(all.get(0).ids()).isNotEqualTo(all.get(1).ids());
    for (int choice = 0; choice < 3; choice++) {
      Generation one = generator.generate(request.withChoice(choice), _ -> true);
      assertThat(all.get(choice).ids()).isEqualTo(one.ids());
      assertThat(all.get(choice).logprobs()).isEqualTo(one.logprobs()).hasSize(30);
    }
    assertThat(generator.generateAll(List.of())).isEmpty();
  }

  @Test
  void greedyTokensAreTheMostProbable() {
    Generation generation = generator.generate(prompt, SamplingOptions.greedy(20).withLogprobs(3));
    for (int i = 0; i < 20; i++) {
      TokenLogprobs values = generation.logprobs().get(i);
      assertThat(values.id()).isEqualTo(generation.ids()[i]);
      assertThat(values.top()).hasSize(3);
      assertThat(values.top().getFirst().id()).isEqualTo(values.id());
      assertThat(values.top().getFirst().logprob()).isEqualTo(values.logprob());
    }
  }

  /** The score of a text is that of the steps that made it. */
  @Test
  void scoresAgreeWithTheLogarithmsOfGeneration() {
    Generation generation =
        generator.generate(prompt, SamplingOptions.sampled(1, 3, 300).withLogprobs(0));
    int[] ids =
        java.util.stream.IntStream.concat(
                java.util.Arrays.stream(prompt), java.util.Arrays.stream(generation.ids()))
            .toArray();
    Scorer scorer = new Scorer(model);
    double[] logprobs = scorer.logprobs(ids);
    double sum = 0;
    for (int i = 0; i < 300; i++) {
      assertThat(logprobs[prompt.length - 1 + i]).isEqualTo(generation.logprobs().get(i).logprob());
    }
    for (double logprob : logprobs) {
      sum -= logprob;
    }
    Scorer.Score score = scorer.score(ids);
    assertThat(score.tokens()).isEqualTo(ids.length - 1L);
    assertThat(score.negativeLogLikelihood()).isEqualTo(sum);
    assertThat(score.perplexity())
        .isCloseTo(Math.exp(sum / score.tokens()), withinPercentage(1e-9));
    assertThat(score.bitsPerByte(1000)).isCloseTo(sum / Math.log(2) / 1000, withinPercentage(1e-9));
    assertThat(Scorer.Score.NOTHING.plus(score)).isEqualTo(score);
  }

  @Test
  void theMiddleIsAskedForBetweenPrefixAndSuffix() {
    SpecialTokens tokens = SpecialTokens.deepSeekV3();
    int[] ids =
        FillInTheMiddle.prompt(tokenizer, "the cat", " mat" + tokens.eos(), OptionalInt.of(0));
    assertThat(tokenizer.decode(ids))
        .isEqualTo(
            tokens.bos()
                + tokens.fimBegin()
                + "the cat"
                + tokens.fimHole()
                + " mat"
                + tokens.eos()
                + tokens.fimEnd());
    assertThat(ids).doesNotContain(SpecialTokens.id(tokenizer, tokens.eos()));
    assertThat(ids[1]).isEqualTo(SpecialTokens.id(tokenizer, tokens.fimBegin()));
    assertThat(ids[ids.length - 1]).isEqualTo(SpecialTokens.id(tokenizer, tokens.fimEnd()));
  }
}
