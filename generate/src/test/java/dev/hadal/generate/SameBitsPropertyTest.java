package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCache;
import dev.hadal.model.LatentCachePool;
import dev.hadal.model.PackedCache;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The first law as one property: whatever the model, the prompts and the seeds, token ids and
 * logits are those of the scalar reference that computes each sequence alone, its prompt in one
 * piece, without drafts and without any file of an earlier start. What may differ, and is drawn for
 * each variation: the kernels and their threads, which sequences share a batch (2 to 32), how
 * prompts are cut, preemption, drafts of the MTP layer, a prompt cache file, and packed weights in
 * memory, in a file that is being made, or mapped from one.
 *
 * <p>{@code -Dhadal.cases=N} tries N cases instead of a few, {@code -Dhadal.seed=S} begins with
 * case S; case S + 1 is the next, so a failure is tried again alone by its own seed.
 */
class SameBitsPropertyTest {
  private static final int USUAL_CASES = 1;
  private static final int VARIATIONS = 2;
  private static final int MOST_PROMPT = 150;

  @TempDir private Path folder = Path.of("");

  private final Map<String, Kernels> opened = new LinkedHashMap<>();

  /** One sequence and what is expected of it. */
  private record Expected(GenerationRequest request, int[] ids, List<float[]> logits) {}

  /** What a sequence gave. */
  private record Found(int[] ids, List<float[]> logits) {}

  /** How packed weights are kept. */
  private enum Packing {
    PRIVATE,
    MADE,
    MAPPED
  }

  private Kernels kernels(KernelTier tier, int threads) {
    return opened.computeIfAbsent(
        tier + " " + threads, _ -> KernelChoice.open(tier, threads, _ -> {}));
  }

  @AfterEach
  void close() {
    opened.values().forEach(Kernels::close);
  }

  @Test
  void tokensAndLogitsAreThoseOfTheReferenceAlone() throws IOException {
    long seed = Long.getLong("hadal.seed", new Random().nextInt(Integer.MAX_VALUE));
    int cases = Integer.getInteger("hadal.cases", USUAL_CASES);
    System.out.printf("SameBitsPropertyTest: -Dhadal.seed=%d -Dhadal.cases=%d%n", seed, cases);
    for (int i = 0; i < cases; i++) {
      Path place = Files.createDirectories(folder.resolve("case-" + i));
      oneCase(seed + i, place);
      delete(place);
    }
  }

  private static void delete(Path place) throws IOException {
    try (var files = Files.walk(place)) {
      for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void oneCase(long seed, Path place) {
    // Neighbouring seeds begin alike.
    Random random = new Random(seed * 0x9E3779B97F4A7C15L);
    RandomModel stored = RandomModel.write(random, place);
    List<GenerationRequest> requests = requests(random, stored);
    List<Expected> expected = new ArrayList<>();
    List<float[]> promptLogits = new ArrayList<>();
    try (InferenceModel model = load(stored, kernels(KernelTier.REFERENCE, 1), null)) {
      for (GenerationRequest request : requests) {
        expected.add(alone(model, request));
        promptLogits.add(promptLogits(model, List.of(request.prompt()), null).getFirst());
      }
    }
    for (int i = 0; i < VARIATIONS; i++) {
      variation(random, seed, stored, expected, promptLogits, place);
    }
  }

  private void variation(
      Random random,
      long seed,
      RandomModel stored,
      List<Expected> expected,
      List<float[]> promptLogits,
      Path place) {
    KernelTier tier =
        List.of(KernelTier.REFERENCE, KernelTier.VECTOR, KernelTier.AUTO, KernelTier.AUTO)
            .get(random.nextInt(4));
    int threads = tier == KernelTier.REFERENCE ? 1 : 1 + random.nextInt(2);
    Packing packing = Packing.values()[random.nextInt(Packing.values().length)];
    boolean drafts = random.nextBoolean();
    String which =
        "-Dhadal.seed=%d -Dhadal.cases=1: %s, %s weights, %s kernels, %d threads, weights %s, drafts %s"
            .formatted(seed, stored.mode().label(), stored.form(), tier, threads, packing, drafts);
    List<String> notes = new ArrayList<>();
    PackedCache cache =
        packing == Packing.PRIVATE
            ? null
            : new PackedCache(place.resolve("packed"), 1L << 30, notes::add);
    Kernels kernels = kernels(tier, threads);
    if (packing == Packing.MAPPED) {
      load(stored, kernels, cache).close();
    }
    try (InferenceModel model = load(stored, kernels, cache)) {
      List<Expected> part = new ArrayList<>(expected);
      Collections.shuffle(part, random);
      part = part.subList(0, random.nextBoolean() ? part.size() : 1 + random.nextInt(part.size()));
      List<Found> found = together(random, model, part, drafts);
      for (int i = 0; i < part.size(); i++) {
        String name = "%s, sequence %d of %d".formatted(which, i, part.size());
        requireSame(name, part.get(i), found.get(i));
      }
      List<int[]> prompts = expected.stream().map(each -> each.request.prompt()).toList();
      List<float[]> logits = promptLogits(model, prompts, random);
      for (int i = 0; i < prompts.size(); i++) {
        requireSame(
            "%s, logits of prompt %d".formatted(which, i), promptLogits.get(i), logits.get(i));
      }
      promptCache(random, which, model, expected.get(random.nextInt(expected.size())), place);
    }
    assertThat(notes).as(which).isEmpty();
  }

  private static InferenceModel load(
      RandomModel stored, Kernels kernels, @Nullable PackedCache cache) {
    try (WeightFiles files = WeightFiles.open(stored.weights())) {
      return InferenceModel.load(stored.config(), files, kernels, stored.mode(), cache);
    }
  }

  private static List<GenerationRequest> requests(Random random, RandomModel stored) {
    int count = 2 + (random.nextInt(8) == 0 ? random.nextInt(31) : random.nextInt(4));
    List<GenerationRequest> requests = new ArrayList<>();
    int vocabulary = stored.config().vocabSize();
    for (int i = 0; i < count; i++) {
      int length = 1 + random.nextInt(random.nextInt(8) == 0 ? MOST_PROMPT : 16);
      int[] prompt = random.ints(length, 0, vocabulary).toArray();
      if (i > 0 && random.nextInt(3) == 0) {
        // Sequences that begin alike.
        int[] other = requests.getFirst().prompt();
        System.arraycopy(other, 0, prompt, 0, Math.min(other.length, length));
      }
      SamplingOptions options =
          SamplingOptions.sampled(random.nextInt(3) * 0.6, random.nextLong(), 1 + random.nextInt(8))
              .withCuts(random.nextInt(2) * 3, random.nextBoolean() ? 1 : 0.9, 0)
              .withLogprobs(2)
              .withSpeculation(false);
      Set<Integer> stop = random.nextInt(4) == 0 ? Set.of(1) : Set.of();
      requests.add(GenerationRequest.of(prompt, options, stop));
    }
    return requests;
  }

  /** The request with a witness of the logits that tokens are drawn from. */
  private static GenerationRequest watched(
      GenerationRequest request, boolean drafts, List<float[]> logits) {
    return new GenerationRequest(
        request.prompt(),
        request.options().withSpeculation(drafts),
        request.choice(),
        request.stopTokens(),
        request.skipSpecial(),
        List.of(),
        (_, values) -> {
          float[] row = new float[values.length];
          for (int v = 0; v < row.length; v++) {
            row[v] = (float) values[v];
          }
          logits.add(row);
        });
  }

  private static Expected alone(InferenceModel model, GenerationRequest request) {
    List<float[]> logits = new ArrayList<>();
    Generation whole =
        new Generator(model, null, Set.of()).generate(watched(request, false, logits), _ -> true);
    return new Expected(request, whole.ids(), logits);
  }

  /** All of them at once, in steps of any size, with preemption. */
  private static List<Found> together(
      Random random, InferenceModel model, List<Expected> part, boolean drafts) {
    List<List<float[]>> logits = new ArrayList<>();
    List<DecodingSequence> sequences = new ArrayList<>();
    try (LatentCachePool pool =
            model.newPool((4L + random.nextInt(3 * part.size())) * model.memory().cachePerPage());
        BatchDecoder decoder = new BatchDecoder(model, null, pool, 400)) {
      while (sequences.size() < part.size() || !decoder.running().isEmpty()) {
        while (sequences.size() < part.size()
            && (decoder.running().isEmpty() || random.nextInt(3) > 0)) {
          logits.add(new ArrayList<>());
          sequences.add(
              decoder.add(watched(part.get(sequences.size()).request, drafts, logits.getLast())));
        }
        if (random.nextInt(20) == 0) {
          List<DecodingSequence> running = decoder.running();
          decoder.preempt(running.get(random.nextInt(running.size())));
        }
        decoder.step(1 + random.nextInt(random.nextBoolean() ? 8 : 300));
      }
    }
    return IntStream.range(0, part.size())
        .mapToObj(i -> new Found(sequences.get(i).generated(), logits.get(i)))
        .toList();
  }

  /**
   * The logits at all positions of prompts.
   *
   * @param random cuts them into pieces that go through the model in any company; null for whole
   *     ones
   */
  private static List<float[]> promptLogits(
      InferenceModel model, List<int[]> prompts, @Nullable Random random) {
    int vocabulary = model.config().vocabSize();
    List<float[]> logits = new ArrayList<>();
    List<LatentCache> caches = new ArrayList<>();
    try {
      for (int[] prompt : prompts) {
        logits.add(new float[prompt.length * vocabulary]);
        caches.add(model.newCache(prompt.length));
      }
      List<InferenceModel.Chunk> chunks = new ArrayList<>();
      List<Integer> owners = new ArrayList<>();
      do {
        chunks.clear();
        owners.clear();
        int rows = 0;
        for (int i = 0; i < prompts.size(); i++) {
          int done = caches.get(i).length();
          int left = prompts.get(i).length - done;
          int count = random == null ? left : Math.min(left, random.nextInt(60));
          if (count > 0 && rows + count <= InferenceModel.MAX_LOGIT_ROWS) {
            int[] tokens = Arrays.copyOfRange(prompts.get(i), done, done + count);
            chunks.add(new InferenceModel.Chunk(caches.get(i), tokens, 0, false));
            owners.add(i);
            rows += count;
          }
        }
        List<Tensor> given = chunks.isEmpty() ? List.of() : model.forward(chunks).logits();
        for (int c = 0; c < given.size(); c++) {
          int owner = owners.get(c);
          int end = caches.get(owner).length();
          float[] rowsOf = given.get(c).toFloats();
          System.arraycopy(
              rowsOf, 0, logits.get(owner), end * vocabulary - rowsOf.length, rowsOf.length);
        }
      } while (IntStream.range(0, prompts.size())
          .anyMatch(i -> caches.get(i).length() < prompts.get(i).length));
      return logits;
    } finally {
      caches.forEach(LatentCache::close);
    }
  }

  /** A file that knows a part of the prompt, then the whole of it. */
  private static void promptCache(
      Random random, String which, InferenceModel model, Expected expected, Path place) {
    Path file = place.resolve("prompt-cache-%d".formatted(random.nextLong()));
    PromptCache cache = new PromptCache(file, false, _ -> {});
    GenerationRequest request = expected.request;
    Generator generator = new Generator(model, null, request.stopTokens());
    SamplingOptions options = request.options().withSpeculation(random.nextBoolean());
    Generation plain = generator.generate(request.prompt(), options);
    assertThat(plain.ids()).as(which).isEqualTo(expected.ids);
    int known = 1 + random.nextInt(request.prompt().length);
    cache.generate(generator, Arrays.copyOf(request.prompt(), known), options, _ -> true);
    for (int time = 0; time < 2; time++) {
      Generation found = cache.generate(generator, request.prompt(), options, _ -> true);
      String name = which + ", prompt cache file, time " + time;
      assertThat(found.ids()).as(name).isEqualTo(expected.ids);
      assertThat(found.logprobs()).as(name).isEqualTo(plain.logprobs());
    }
  }

  private static void requireSame(String which, Expected expected, Found found) {
    assertThat(found.ids).as(which).isEqualTo(expected.ids);
    assertThat(found.logits).as(which).hasSameSizeAs(expected.logits);
    for (int i = 0; i < found.logits.size(); i++) {
      requireSame(which + ", token " + i, expected.logits.get(i), found.logits.get(i));
    }
  }

  /** NaN equals NaN, and zeros have signs. */
  private static void requireSame(String which, float[] expected, float[] found) {
    if (!Arrays.equals(expected, found)) {
      int at = Arrays.mismatch(expected, found);
      assertThat(found[at]).as("%s, logit %d", which, at).isEqualTo(expected[at]);
      assertThat(found).as(which).isEqualTo(expected);
    }
  }
}
