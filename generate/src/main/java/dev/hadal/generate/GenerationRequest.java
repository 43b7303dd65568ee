package dev.hadal.generate;

import dev.hadal.model.LatentCachePage;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is to be continued, and how.
 *
 * @param prompt token ids, at least one
 * @param options drawing and ending
 * @param choice number of the continuation among those of one request; part of every draw
 * @param stopTokens tokens that end the continuation
 * @param skipSpecial whether special tokens give no text
 * @param prefix full cache pages of the first tokens of the prompt, of which at least one token is
 *     left over
 * @param processor changes logits before the draw, or null
 */
public record GenerationRequest(
    int[] prompt,
    SamplingOptions options,
    int choice,
    Set<Integer> stopTokens,
    boolean skipSpecial,
    List<LatentCachePage> prefix,
    @Nullable LogitsProcessor processor) {

  /** Copies the collections. */
  public GenerationRequest {
    stopTokens = Set.copyOf(stopTokens);
    prefix = List.copyOf(prefix);
    if (prompt.length == 0) {
      throw new GenerateException("prompt: expected at least one token, found none");
    }
    if (prefix.size() * 64 >= prompt.length) {
      throw new IllegalArgumentException(
          "prefix: %d pages of 64 positions leave no token of a prompt of %d"
              .formatted(prefix.size(), prompt.length));
    }
  }

  /** The first choice, special tokens left out. */
  public static GenerationRequest of(
      int[] prompt, SamplingOptions options, Set<Integer> stopTokens) {
    return new GenerationRequest(prompt, options, 0, stopTokens, true, List.of(), null);
  }

  /** The same request's continuation number {@code number}. */
  public GenerationRequest withChoice(int number) {
    return new GenerationRequest(
        prompt, options, number, stopTokens, skipSpecial, prefix, processor);
  }

  /** The same with cache pages of the prompt's beginning. */
  public GenerationRequest withPrefix(List<LatentCachePage> pages) {
    return new GenerationRequest(
        prompt, options, choice, stopTokens, skipSpecial, pages, processor);
  }
}
