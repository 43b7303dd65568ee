package dev.hadal.generate;

import dev.hadal.model.LatentCache;
import dev.hadal.text.Tokenizer;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** One continuation on its way through a {@link BatchDecoder}. */
public final class DecodingSequence {
  private static final int NONE = -1;

  private final GenerationRequest request;
  private final int limit;
  private final Sampler sampler;
  private final @Nullable TextStream text;
  private int[] tokens;
  private int count;
  private @Nullable LatentCache cache;
  private @Nullable FinishReason finishReason;
  private @Nullable GenerateException failure;
  private final boolean wantsDrafts;
  private boolean drafting;
  private int draft = NONE;
  private long drafted;
  private long accepted;
  private int preemptions;

  /**
   * A sequence that has not begun.
   *
   * @param limit the most tokens, prompt and continuation
   */
  DecodingSequence(
      GenerationRequest request, int limit, @Nullable Tokenizer tokenizer, boolean wantsDrafts) {
    SamplingOptions options = request.options();
    this.request = request;
    this.limit = limit;
    this.sampler = new Sampler(options, request.choice());
    this.text =
        tokenizer == null ? null : new TextStream(tokenizer, request.skipSpecial(), options.stop());
    this.count = request.prompt().length;
    this.tokens = Arrays.copyOf(request.prompt(), count + 16);
    this.wantsDrafts = wantsDrafts;
  }

  /** What was asked for. */
  public GenerationRequest request() {
    return request;
  }

  /** Why it ended, or null while it has not. */
  public @Nullable FinishReason finishReason() {
    return finishReason;
  }

  /** Why no token could be drawn, where that ended it. */
  public @Nullable GenerateException failure() {
    return failure;
  }

  /** Whether it has ended. */
  public boolean finished() {
    return finishReason != null;
  }

  /** The tokens of the continuation so far. */
  public int[] generated() {
    return Arrays.copyOfRange(tokens, request.prompt().length, count);
  }

  /** Tokens of the prompt that are in the cache; all of them once the continuation has begun. */
  public int promptDone() {
    return Math.min(cached(), request.prompt().length);
  }

  /** How often the cache was taken away and made again. */
  public int preemptions() {
    return preemptions;
  }

  /**
   * The cache while the sequence has one; a finished one's until the decoder's next step, so that
   * its pages can be kept for others.
   */
  public @Nullable LatentCache cache() {
    return cache;
  }

  /** What drafts did so far. */
  public SpeculationStats speculation(OptionalDouble gain) {
    return new SpeculationStats(drafted, accepted, drafted == 0 ? OptionalDouble.empty() : gain);
  }

  /** The most positions that the cache ever holds. */
  int limit() {
    return limit;
  }

  /** Positions in the cache. */
  int cached() {
    LatentCache present = cache;
    return present == null ? 0 : present.length();
  }

  /** Tokens that the cache does not hold yet. */
  int pending() {
    return count - cached();
  }

  /** The tokens [from, to), the draft at the end where it is reached. */
  int[] tokens(int from, int to) {
    int[] part = Arrays.copyOfRange(tokens, from, to);
    if (to == count + 1) {
      part[part.length - 1] = draft;
    }
    return part;
  }

  int size() {
    return count;
  }

  void start(LatentCache fresh) {
    cache = fresh;
    drafting = wantsDrafts;
    draft = NONE;
    if (preemptions == 0 && !request.prefix().isEmpty()) {
      fresh.startWith(request.prefix());
    }
  }

  /** Begins with a cache that holds the first tokens of the prompt. */
  void startWith(LatentCache begun) {
    if (begun.length() >= request.prompt().length || !request.prefix().isEmpty()) {
      throw new IllegalArgumentException(
          "cache of %d positions: expected fewer than the %d of the prompt, and no other prefix"
              .formatted(begun.length(), request.prompt().length));
    }
    cache = begun;
    drafting = wantsDrafts;
  }

  /** The cache, which is no longer this sequence's. */
  LatentCache takeCache() {
    LatentCache taken = Objects.requireNonNull(cache);
    cache = null;
    draft = NONE;
    return taken;
  }

  /** Gives the cache back; what is known is computed again later. */
  void preempt() {
    dropCache();
    preemptions++;
  }

  void dropCache() {
    LatentCache present = cache;
    if (present != null) {
      present.close();
      cache = null;
    }
    draft = NONE;
  }

  void finish(FinishReason reason) {
    finishReason = reason;
  }

  void fail(GenerateException reason) {
    failure = reason;
    finishReason = FinishReason.FAILED;
  }

  boolean drafting() {
    return drafting;
  }

  void stopDrafting() {
    drafting = false;
    draft = NONE;
  }

  boolean hasDraft() {
    return draft != NONE;
  }

  private void penalise(double[] logits) {
    request.options().penalties().apply(tokens, request.prompt().length, count, logits);
  }

  /**
   * Guesses the token after the last from the MTP layer's logits.
   *
   * @param logits may be changed
   */
  void guess(double[] logits) {
    penalise(logits);
    try {
      draft = sampler.sample(logits, count);
    } catch (GenerateException e) {
      // A layer that has no guess takes nothing from the main model's result.
      stopDrafting();
    }
  }

  /** Whether one more token than the next fits, so that a draft can be of use. */
  boolean roomForDraft() {
    return count + 1 < limit;
  }

  /**
   * Draws the next token.
   *
   * @param logits may be changed
   */
  GeneratedToken draw(double[] logits) {
    int wanted = request.options().logprobs();
    boolean changes = request.processor() != null || !request.options().penalties().neutral();
    double[] own = wanted >= 0 && changes ? logits.clone() : logits;
    penalise(logits);
    if (request.processor() != null) {
      request.processor().process(generated(), logits);
    }
    int id = sampler.sample(logits, count);
    int index = count - request.prompt().length;
    if (count == tokens.length) {
      tokens = Arrays.copyOf(tokens, count + count / 2);
    }
    tokens[count++] = id;
    String out = text(id);
    return new GeneratedToken(
        index, id, out, wanted >= 0 ? TokenLogprobs.of(own, id, wanted) : null);
  }

  /** The text that the token makes certain; also decides whether the continuation ends with it. */
  private String text(int id) {
    boolean stop = request.stopTokens().contains(id);
    StringBuilder out = new StringBuilder();
    if (text != null && !stop) {
      out.append(text.accept(id));
      stop = text.stopped();
    }
    if (stop || count == limit) {
      finishReason = stop ? FinishReason.STOP : FinishReason.LENGTH;
      if (text != null) {
        out.append(text.finish());
      }
    }
    return out.toString();
  }

  /** Checks the draft after the token before it was drawn. */
  boolean acceptDraft(int drawn) {
    boolean hit = draft == drawn;
    drafted++;
    accepted += hit ? 1 : 0;
    draft = NONE;
    return hit;
  }
}
