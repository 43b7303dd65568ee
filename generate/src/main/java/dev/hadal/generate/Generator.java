package dev.hadal.generate;

import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCachePool;
import dev.hadal.text.Tokenizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Continues prompts, one or many at a time, to their end. A server that takes in and gives out
 * between steps uses {@link BatchDecoder} itself.
 *
 * @param model stays the caller's
 * @param tokenizer makes text of tokens, or null
 * @param stopTokens tokens that end a continuation
 */
public record Generator(
    InferenceModel model, @Nullable Tokenizer tokenizer, Set<Integer> stopTokens) {
  /** Tokens that go through the model together. */
  private static final int STEP_ROWS = 512;

  /** Copies the set. */
  public Generator {
    stopTokens = Set.copyOf(stopTokens);
  }

  /** Continues a prompt. */
  public Generation generate(int[] prompt, SamplingOptions options) {
    return generate(prompt, options, _ -> true);
  }

  /** Continues a prompt and tells the listener of each token. */
  public Generation generate(int[] prompt, SamplingOptions options, TokenListener listener) {
    return generate(GenerationRequest.of(prompt, options, stopTokens), listener);
  }

  /** Continues a prompt and tells the listener of each token. */
  public Generation generate(GenerationRequest request, TokenListener listener) {
    try (LatentCachePool pool = model.newPool(bytes(List.of(request)))) {
      return run(List.of(request), pool, listener).getFirst();
    }
  }

  /** Continues many prompts together; results are in the order of the requests. */
  public List<Generation> generateAll(List<GenerationRequest> requests) {
    if (requests.isEmpty()) {
      return List.of();
    }
    return generateAll(requests, bytes(requests));
  }

  /**
   * The same within a memory budget: what does not fit at once waits.
   *
   * @param cacheBudgetBytes the most memory for latent caches
   */
  public List<Generation> generateAll(List<GenerationRequest> requests, long cacheBudgetBytes) {
    try (LatentCachePool pool = model.newPool(cacheBudgetBytes)) {
      return run(requests, pool, _ -> true);
    }
  }

  private long bytes(List<GenerationRequest> requests) {
    int context = model.config().maxPositionEmbeddings();
    long pages = 0;
    for (GenerationRequest request : requests) {
      int wanted = request.options().maxTokens();
      long tokens = wanted == 0 ? context : (long) request.prompt().length + wanted;
      pages += LatentCachePool.pages((int) Math.min(tokens, context));
    }
    return pages * model.memory().cachePerPage();
  }

  private List<Generation> run(
      List<GenerationRequest> requests, LatentCachePool pool, TokenListener listener) {
    int context = model.config().maxPositionEmbeddings();
    try (BatchDecoder decoder = new BatchDecoder(model, tokenizer, pool, context)) {
      Map<DecodingSequence, Collector> collectors = new HashMap<>();
      List<Collector> inOrder = new ArrayList<>();
      for (GenerationRequest request : requests) {
        Collector collector = new Collector(decoder.add(request));
        collectors.put(collector.sequence, collector);
        inOrder.add(collector);
      }
      while (!decoder.running().isEmpty()) {
        for (StepResult result : decoder.step(STEP_ROWS)) {
          Collector collector = Objects.requireNonNull(collectors.get(result.sequence()));
          for (GeneratedToken token : result.tokens()) {
            collector.add(token);
            if (!listener.onToken(token)) {
              decoder.cancel(result.sequence());
              break;
            }
          }
        }
      }
      return inOrder.stream().map(collector -> collector.generation(decoder)).toList();
    }
  }

  /** Puts the tokens of one sequence together. */
  private static final class Collector {
    private final DecodingSequence sequence;
    private final StringBuilder text = new StringBuilder();
    private final List<Integer> ids = new ArrayList<>();
    private final List<TokenLogprobs> logprobs = new ArrayList<>();

    Collector(DecodingSequence sequence) {
      this.sequence = sequence;
    }

    void add(GeneratedToken token) {
      text.append(token.text());
      ids.add(token.id());
      TokenLogprobs values = token.logprobs();
      if (values != null) {
        logprobs.add(values);
      }
    }

    Generation generation(BatchDecoder decoder) {
      GenerateException failure = sequence.failure();
      if (failure != null) {
        throw failure;
      }
      return new Generation(
          text.toString(),
          ids.stream().mapToInt(Integer::intValue).toArray(),
          Objects.requireNonNull(sequence.finishReason()),
          sequence.request().prompt().length,
          ids.size(),
          sequence.speculation(decoder.speculationGain()),
          List.copyOf(logprobs));
    }
  }
}
