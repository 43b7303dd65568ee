package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCachePool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whatever happens around a sequence, its tokens are those of plain generation. */
class BatchDecoderPropertyTest {
  private static final int ROUNDS = 25;

  private static GenerationRequest request(Random random, int salt) {
    int[] prompt = new int[1 + random.nextInt(150)];
    for (int i = 0; i < prompt.length; i++) {
      prompt[i] = random.nextInt(TestModel.FEW_TOKENS);
    }
    SamplingOptions options =
        SamplingOptions.sampled(random.nextInt(3) * 0.5, salt, 1 + random.nextInt(60))
            .withCuts(random.nextInt(2) * 3, random.nextBoolean() ? 1 : 0.9, 0.01)
            .withPenalties(penalties(random))
            .withSpeculation(random.nextInt(4) > 0);
    Set<Integer> stop = random.nextInt(4) == 0 ? Set.of(2) : Set.of();
    return GenerationRequest.of(prompt, options, stop);
  }

  private static Penalties penalties(Random random) {
    if (random.nextBoolean()) {
      return Penalties.NONE;
    }
    return new Penalties(
        1 + random.nextInt(3) * 0.2,
        random.nextInt(2) * 16,
        random.nextInt(2) * 0.7,
        random.nextInt(2) * 0.4,
        random.nextBoolean() ? Map.of() : Map.of(random.nextInt(TestModel.FEW_TOKENS), 2.0));
  }

  @Test
  void tokensAreThoseOfPlainGeneration() {
    long seed = Long.getLong("hadal.seed", new Random().nextLong());
    System.out.println("hadal.seed=" + seed);
    Random random = new Random(seed);
    try (Kernels kernels = TestModel.kernels();
        InferenceModel model =
            TestModel.model(TestModel.FEW_TOKENS, seed, kernels, InferenceMode.FP8)) {
      long pageBytes;
      try (LatentCachePool pool = model.newPool(1 << 20)) {
        pageBytes = pool.pageBytes();
      }
      for (int round = 0; round < ROUNDS; round++) {
        int pages = 4 + random.nextInt(12);
        try (LatentCachePool pool = model.newPool(pages * pageBytes)) {
          round(random, model, pool, round);
          assertThat(pool.bytes()).isZero();
        }
      }
    }
  }

  private static void round(Random random, InferenceModel model, LatentCachePool pool, int round) {
    List<DecodingSequence> sequences = new ArrayList<>();
    int wanted = 1 + random.nextInt(6);
    try (BatchDecoder decoder = new BatchDecoder(model, null, pool, 256)) {
      while (sequences.size() < wanted || !decoder.running().isEmpty()) {
        if (sequences.size() < wanted && random.nextInt(4) == 0) {
          sequences.add(decoder.add(request(random, 10 * round + sequences.size())));
        }
        List<DecodingSequence> running = decoder.running();
        if (!running.isEmpty() && random.nextInt(25) == 0) {
          decoder.preempt(running.get(random.nextInt(running.size())));
        }
        if (running.size() > 1 && random.nextInt(150) == 0) {
          decoder.cancel(running.getFirst());
        }
        decoder.step(1 + random.nextInt(80));
      }
    }
    for (DecodingSequence sequence : sequences) {
      GenerationRequest request = sequence.request();
      Generator generator = new Generator(model, null, request.stopTokens());
      int[] expected =
          generator.generate(request.prompt(), request.options().withSpeculation(false)).ids();
      if (sequence.finishReason() == FinishReason.CANCELLED) {
        // A sequence may be cancelled before its first token.
        int[] begun = Arrays.copyOf(expected, sequence.generated().length);
        assertThat(sequence.generated()).isEqualTo(begun);
      } else {
        assertThat(sequence.generated()).isEqualTo(expected);
      }
    }
  }
}
