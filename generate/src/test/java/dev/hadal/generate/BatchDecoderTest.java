package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCachePage;
import dev.hadal.model.LatentCachePool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BatchDecoderTest {
  private static final int CONTEXT = 400;
  private static final Set<Integer> NO_STOP = Set.of();

  private final Kernels kernels = TestModel.kernels();
  private final InferenceModel model =
      TestModel.model(TestModel.FEW_TOKENS, 3, kernels, InferenceMode.EXACT);

  @AfterAll
  void close() {
    model.close();
    kernels.close();
  }

  private static int[] prompt(int length, int salt) {
    int[] prompt = new int[length];
    for (int i = 0; i < length; i++) {
      prompt[i] = (i * 7 + i / 3 + salt) % TestModel.FEW_TOKENS;
    }
    return prompt;
  }

  private static GenerationRequest request(int length, int tokens, double temperature, int salt) {
    SamplingOptions options = SamplingOptions.sampled(temperature, 100 + salt, tokens);
    return GenerationRequest.of(prompt(length, salt), options, NO_STOP);
  }

  private static List<GenerationRequest> requests() {
    return List.of(
        request(1, 60, 0, 0),
        request(100, 40, 0.9, 1),
        request(63, 30, 0.8, 2),
        request(7, 70, 1.1, 3),
        request(130, 20, 0, 4));
  }

  private static int[] alone(InferenceModel model, GenerationRequest request) {
    return new Generator(model, null, NO_STOP)
        .generate(
            GenerationRequest.of(
                request.prompt(), request.options().withSpeculation(false), NO_STOP),
            _ -> true)
        .ids();
  }

  /** All requests together, joining one after another. */
  private static Map<GenerationRequest, int[]> together(
      InferenceModel model, LatentCachePool pool, int maxRows, List<GenerationRequest> requests) {
    Map<GenerationRequest, int[]> results = new HashMap<>();
    try (BatchDecoder decoder = new BatchDecoder(model, null, pool, CONTEXT)) {
      List<GenerationRequest> waiting = new ArrayList<>(requests);
      for (int turn = 0; !waiting.isEmpty() || !decoder.running().isEmpty(); turn++) {
        if (turn % 5 == 0 && !waiting.isEmpty()) {
          decoder.add(waiting.removeFirst());
        }
        for (StepResult result : decoder.step(maxRows)) {
          if (result.sequence().finished()) {
            results.put(result.sequence().request(), result.sequence().generated());
          }
        }
      }
    }
    return results;
  }

  @ParameterizedTest
  @EnumSource(InferenceMode.class)
  void tokensDoNotDependOnTheBatchTheCutOrDrafts(InferenceMode mode) {
    try (InferenceModel other = TestModel.model(TestModel.FEW_TOKENS, 3, kernels, mode);
        LatentCachePool pool = other.newPool(1 << 24)) {
      Map<GenerationRequest, int[]> wide = together(other, pool, 512, requests());
      Map<GenerationRequest, int[]> narrow = together(other, pool, 3, requests());
      for (GenerationRequest request : requests()) {
        int[] expected = alone(other, request);
        assertThat(expected).hasSize(request.options().maxTokens());
        assertThat(find(wide, request)).isEqualTo(expected);
        assertThat(find(narrow, request)).isEqualTo(expected);
      }
      assertThat(pool.bytes()).isZero();
    }
  }

  /** Requests hold arrays, so they are found by their seeds. */
  private static int[] find(Map<GenerationRequest, int[]> results, GenerationRequest request) {
    for (Map.Entry<GenerationRequest, int[]> entry : results.entrySet()) {
      if (entry.getKey().options().equals(request.options())) {
        return entry.getValue();
      }
    }
    throw new AssertionError("no result of " + request);
  }

  /** 190 tokens need three pages; two sequences of 100 begin with two each. */
  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void preemptionAndWaitingDoNotChangeTokens(int pages) {
    GenerationRequest[] two = {request(100, 90, 0.9, 1), request(100, 90, 0.9, 2)};
    try (LatentCachePool pool = model.newPool(pages * pageBytes());
        BatchDecoder decoder = new BatchDecoder(model, null, pool, CONTEXT)) {
      DecodingSequence first = decoder.add(two[0]);
      DecodingSequence second = decoder.add(two[1]);
      while (!decoder.running().isEmpty()) {
        assertThat(decoder.step(512)).isNotEmpty();
      }
      assertThat(first.preemptions()).isZero();
      assertThat(second.preemptions()).isEqualTo(pages == 4 ? 1 : 0);
      assertThat(first.generated()).isEqualTo(alone(model, two[0]));
      assertThat(second.generated()).isEqualTo(alone(model, two[1]));
    }
  }

  private long pageBytes() {
    try (LatentCachePool pool = model.newPool(1 << 20)) {
      return pool.pageBytes();
    }
  }

  @Test
  void prefixPagesDoNotChangeTokens() {
    GenerationRequest request = request(140, 40, 0.9, 1);
    try (LatentCachePool pool = model.newPool(1 << 24);
        BatchDecoder decoder = new BatchDecoder(model, null, pool, CONTEXT)) {
      DecodingSequence donor = decoder.add(request);
      while (!donor.finished()) {
        decoder.step(64);
      }
      List<LatentCachePage> pages =
          Objects.requireNonNull(donor.cache()).pages().subList(0, 2).stream()
              .map(LatentCachePage::retain)
              .toList();
      DecodingSequence heir = decoder.add(request.withPrefix(pages));
      assertThat(heir.promptDone()).isEqualTo(128);
      decoder.step(12);
      assertThat(heir.generated()).hasSize(1);
      while (!heir.finished()) {
        decoder.step(64);
      }
      assertThat(heir.generated()).isEqualTo(donor.generated());
      assertThat(decoder.step(64)).isEmpty();
      pages.forEach(LatentCachePage::release);
      assertThat(pool.bytes()).isZero();
    }
  }

  @Test
  void draftsAreUsedAndSaveSteps() {
    GenerationRequest request = request(10, 120, 0.3, 5);
    try (LatentCachePool pool = model.newPool(1 << 24);
        BatchDecoder decoder = new BatchDecoder(model, null, pool, CONTEXT)) {
      DecodingSequence sequence = decoder.add(request);
      int steps = 0;
      while (!sequence.finished()) {
        decoder.step(64);
        steps++;
      }
      SpeculationStats stats = sequence.speculation(decoder.speculationGain());
      assertThat(stats.accepted()).isPositive().isLessThan(stats.drafted());
      assertThat(steps).isLessThanOrEqualTo((int) (120 - stats.accepted()) + 1);
      assertThat(stats.describe()).contains("drafts accepted");
    }
  }

  @Test
  void draftsThatDoNotPayEndAndChangeNothing() {
    GenerationRequest request = request(10, 300, 0.8, 6);
    AtomicLong clock = new AtomicLong();
    AtomicLong calls = new AtomicLong();
    try (LatentCachePool pool = model.newPool(1 << 24);
        BatchDecoder decoder =
            new BatchDecoder(
                model,
                null,
                pool,
                CONTEXT,
                // Of a step's four readings the last two are around the MTP layer.
                () -> clock.addAndGet(calls.getAndIncrement() % 4 == 3 ? 90_000 : 1_000))) {
      DecodingSequence sequence = decoder.add(request);
      while (!sequence.finished()) {
        decoder.step(64);
      }
      SpeculationStats stats = sequence.speculation(decoder.speculationGain());
      assertThat(stats.gain().orElseThrow()).isLessThan(0.1);
      assertThat(stats.drafted()).isBetween(60L, 120L);
      assertThat(sequence.generated()).isEqualTo(alone(model, request));
      assertThat(decoder.add(request).drafting()).isFalse();
    }
  }

  @Test
  void whatDoesNotFitIsRefusedWithTheNumbers() {
    try (LatentCachePool pool = model.newPool(1 << 24);
        BatchDecoder decoder = new BatchDecoder(model, null, pool, 50)) {
      assertThatThrownBy(() -> decoder.add(request(50, 0, 0, 0)))
          .isInstanceOf(GenerateException.class)
          .hasMessageContaining("50 tokens of the prompt and 1 to generate do not fit into 50");
      assertThatThrownBy(() -> decoder.add(request(30, 21, 0, 0)))
          .hasMessageContaining("30 tokens of the prompt and 21 to generate do not fit into 50");
      assertThatThrownBy(
              () ->
                  decoder.add(
                      GenerationRequest.of(new int[] {1, 5}, SamplingOptions.greedy(3), NO_STOP)))
          .hasMessageContaining("expected tokens from 0 to 4, found 5");
      assertThatThrownBy(
              () ->
                  decoder.add(
                      GenerationRequest.of(
                          new int[] {1},
                          SamplingOptions.greedy(3).withStop(List.of("x")),
                          NO_STOP)))
          .hasMessageContaining("need a tokenizer");
      assertThat(decoder.add(request(30, 20, 0, 0)).finished()).isFalse();
    }
    try (LatentCachePool pool = model.newPool(pageBytes());
        BatchDecoder decoder = new BatchDecoder(model, null, pool, CONTEXT)) {
      assertThatThrownBy(() -> decoder.add(request(30, 40, 0, 0)))
          .hasMessageContaining("a sequence of 70 tokens needs 2 pages, there are 1");
    }
  }

  @Test
  void withoutALimitTheContextIsFilled() {
    try (LatentCachePool pool = model.newPool(1 << 24);
        BatchDecoder decoder = new BatchDecoder(model, null, pool, 70)) {
      DecodingSequence sequence = decoder.add(request(30, 0, 0.9, 0));
      while (!sequence.finished()) {
        decoder.step(64);
      }
      assertThat(sequence.generated()).hasSize(40);
      assertThat(sequence.finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void cancelledSequencesGiveTheirPagesBack() {
    try (LatentCachePool pool = model.newPool(1 << 24);
        BatchDecoder decoder = new BatchDecoder(model, null, pool, CONTEXT)) {
      DecodingSequence sequence = decoder.add(request(30, 10, 0, 0));
      decoder.step(10);
      assertThat(pool.bytes()).isPositive();
      decoder.cancel(sequence);
      assertThat(pool.bytes()).isZero();
      assertThat(sequence.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(decoder.step(10)).isEmpty();
    }
  }

  @Test
  void aProcessorRulesDrawsAndDraftsAlike() {
    LogitsProcessor alternating =
        (generated, logits) -> {
          for (int v = 0; v < logits.length; v++) {
            if (v % 2 != generated.length % 2) {
              logits[v] = Double.NEGATIVE_INFINITY;
            }
          }
        };
    List<int[]> results = new ArrayList<>();
    for (boolean speculate : new boolean[] {false, true}) {
      GenerationRequest request =
          new GenerationRequest(
              prompt(5, 0),
              SamplingOptions.sampled(0.8, 9, 50).withSpeculation(speculate).withLogprobs(2),
              0,
              NO_STOP,
              true,
              List.of(),
              alternating);
      Generation generation = new Generator(model, null, NO_STOP).generate(request, _ -> true);
      for (int i = 0; i < 50; i++) {
        assertThat(generation.ids()[i] % 2).isEqualTo(i % 2);
        // Logarithms are the model's own.
        assertThat(generation.logprobs().get(i).logprob()).isFinite();
      }
      assertThat(generation.logprobs()).anyMatch(l -> l.top().getFirst().id() != l.id());
      results.add(generation.ids());
    }
    assertThat(results.get(1)).isEqualTo(results.get(0));
  }

  @Test
  void penaltiesRuleDrawsAndDraftsAlike() {
    Penalties strong = new Penalties(1.3, 0, 1, 40, Map.of(2, Double.NEGATIVE_INFINITY));
    List<Generation> results = new ArrayList<>();
    for (boolean speculate : new boolean[] {false, true}) {
      SamplingOptions options =
          SamplingOptions.sampled(0.8, 9, 48)
              .withSpeculation(speculate)
              .withLogprobs(2)
              .withPenalties(strong);
      Generation generation = new Generator(model, null, NO_STOP).generate(prompt(5, 0), options);
      // A token is not drawn again before all others have been, and one never.
      for (int from = 0; from < 48; from += 4) {
        assertThat(Arrays.copyOfRange(generation.ids(), from, from + 4))
            .containsExactlyInAnyOrder(0, 1, 3, 4);
      }
      // Logarithms are the model's own.
      assertThat(generation.logprobs()).anyMatch(l -> l.top().getFirst().id() != l.id());
      results.add(generation);
    }
    assertThat(results.get(1).ids()).isEqualTo(results.get(0).ids());
    assertThat(results.get(1).logprobs()).isEqualTo(results.get(0).logprobs());
    assertThat(results.get(1).speculation().drafted()).isPositive();
  }

  @Test
  void biasOfATokenThatDoesNotExistIsRefused() {
    SamplingOptions options =
        SamplingOptions.greedy(3).withPenalties(new Penalties(1, 0, 0, 0, Map.of(99_999, 1.0)));
    assertThatThrownBy(() -> new Generator(model, null, NO_STOP).generate(prompt(5, 0), options))
        .isInstanceOf(GenerateException.class)
        .hasMessageContaining("logit_bias: expected tokens from 0 to")
        .hasMessageContaining("99999");
  }

  @Test
  void aSequenceThatCannotBeDrawnFailsAlone() {
    LogitsProcessor nothing = (_, logits) -> Arrays.fill(logits, Double.NEGATIVE_INFINITY);
    GenerationRequest good = request(5, 20, 0.8, 1);
    GenerationRequest bad =
        new GenerationRequest(
            prompt(5, 0), SamplingOptions.greedy(9), 0, NO_STOP, true, List.of(), nothing);
    try (LatentCachePool pool = model.newPool(1 << 24);
        BatchDecoder decoder = new BatchDecoder(model, null, pool, CONTEXT)) {
      DecodingSequence first = decoder.add(good);
      DecodingSequence second = decoder.add(bad);
      List<StepResult> results = decoder.step(64);
      assertThat(results.get(1).sequence()).isSameAs(second);
      assertThat(results.get(1).tokens()).isEmpty();
      assertThat(second.finishReason()).isEqualTo(FinishReason.FAILED);
      while (!first.finished()) {
        decoder.step(64);
      }
      assertThat(first.generated()).isEqualTo(alone(model, good));
    }
    assertThatThrownBy(() -> new Generator(model, null, NO_STOP).generate(bad, _ -> true))
        .isInstanceOf(GenerateException.class)
        .hasMessageContaining("position 5");
  }
}
