package dev.hadal.generate;

import dev.hadal.model.LatentCachePool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Requests on their way to their ends, step by step, with memory of their own. For callers that do
 * something else between steps; the model itself can be used in between. One thread at a time.
 */
public final class GenerationBatch implements AutoCloseable {
  /** Tokens that go through the model together. */
  private static final int STEP_ROWS = 512;

  private final LatentCachePool pool;
  private final BatchDecoder decoder;
  private final List<DecodingSequence> sequences = new ArrayList<>();
  private final Map<DecodingSequence, List<GeneratedToken>> tokens = new HashMap<>();

  /** Takes the pool over, also where a request is refused. */
  GenerationBatch(Generator generator, LatentCachePool pool, List<GenerationRequest> requests) {
    this.pool = pool;
    int context = generator.model().config().maxPositionEmbeddings();
    this.decoder = new BatchDecoder(generator.model(), generator.tokenizer(), pool, context);
    try {
      for (GenerationRequest request : requests) {
        DecodingSequence sequence = decoder.add(request);
        sequences.add(sequence);
        tokens.put(sequence, new ArrayList<>());
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** One for each request, in their order. */
  public List<DecodingSequence> sequences() {
    return List.copyOf(sequences);
  }

  /** Whether there is more to do. */
  public boolean running() {
    return !decoder.running().isEmpty();
  }

  /** Takes the next tokens through the model. */
  public List<StepResult> step() {
    List<StepResult> results = decoder.step(STEP_ROWS);
    for (StepResult result : results) {
      tokensOf(result.sequence()).addAll(result.tokens());
    }
    return results;
  }

  /** Ends a sequence of which only the first {@code kept} tokens count. */
  void cancel(DecodingSequence sequence, int kept) {
    decoder.cancel(sequence);
    List<GeneratedToken> drawn = tokensOf(sequence);
    drawn.subList(kept, drawn.size()).clear();
  }

  /**
   * What has come, once nothing is running.
   *
   * @throws GenerateException if no token could be drawn for one of them
   */
  public List<Generation> results() {
    return sequences.stream().map(this::result).toList();
  }

  private Generation result(DecodingSequence sequence) {
    GenerateException failure = sequence.failure();
    if (failure != null) {
      throw failure;
    }
    FinishReason reason = Objects.requireNonNull(sequence.finishReason());
    return generation(sequence, tokensOf(sequence), reason);
  }

  /** The first tokens of a sequence as a continuation that was ended after them. */
  public Generation cancelled(DecodingSequence sequence, int kept) {
    return generation(sequence, tokensOf(sequence).subList(0, kept), FinishReason.CANCELLED);
  }

  private Generation generation(
      DecodingSequence sequence, List<GeneratedToken> kept, FinishReason reason) {
    StringBuilder text = new StringBuilder();
    kept.forEach(token -> text.append(token.text()));
    return new Generation(
        text.toString(),
        kept.stream().mapToInt(GeneratedToken::id).toArray(),
        reason,
        sequence.request().prompt().length,
        kept.size(),
        sequence.speculation(decoder.speculationGain()),
        kept.stream().map(GeneratedToken::logprobs).filter(Objects::nonNull).toList());
  }

  private List<GeneratedToken> tokensOf(DecodingSequence sequence) {
    return Objects.requireNonNull(tokens.get(sequence));
  }

  @Override
  public void close() {
    decoder.close();
    pool.close();
  }
}
