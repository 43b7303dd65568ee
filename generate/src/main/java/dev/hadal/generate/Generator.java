package dev.hadal.generate;

import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCachePool;
import dev.hadal.text.Tokenizer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    return run(List.of(request), model.newPool(bytes(List.of(request))), listener).getFirst();
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
    return run(requests, model.newPool(cacheBudgetBytes), _ -> true);
  }

  /**
   * Begins to continue prompts together; the caller takes the steps.
   *
   * @param requests at least one
   * @throws GenerateException if one does not fit, with the numbers
   */
  public GenerationBatch start(List<GenerationRequest> requests) {
    return new GenerationBatch(this, model.newPool(bytes(requests)), requests);
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
    try (GenerationBatch batch = new GenerationBatch(this, pool, requests)) {
      return run(batch, listener);
    }
  }

  /** Takes a batch to its end and tells the listener of each token. */
  static List<Generation> run(GenerationBatch batch, TokenListener listener) {
    Map<DecodingSequence, Integer> told = new HashMap<>();
    while (batch.running()) {
      for (StepResult result : batch.step()) {
        for (GeneratedToken token : result.tokens()) {
          int kept = told.merge(result.sequence(), 1, Integer::sum);
          if (!listener.onToken(token)) {
            batch.cancel(result.sequence(), kept);
            break;
          }
        }
      }
    }
    return batch.results();
  }
}
