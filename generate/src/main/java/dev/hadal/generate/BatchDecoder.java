package dev.hadal.generate;

import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCache;
import dev.hadal.model.LatentCachePool;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.text.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Continues many sequences together: each step takes the next tokens of all through the model in
 * one batch, prompts in parts beside single tokens (continuous batching with chunked prefill).
 * Sequences come and go between steps. A sequence's tokens do not depend on the others, on how its
 * prompt was cut, on a preemption or on drafts.
 *
 * <p>With an MTP layer each step can check a draft: the layer guesses the token after the next, the
 * next step takes both through the model, and if the token drawn from the first one's logits is the
 * guess, the second one's logits count too (DeepSeek-V3 report §5.4.3).
 *
 * <p>If the cache has no page left, the youngest sequence gives its pages back and is computed
 * again later. One thread at a time.
 */
public final class BatchDecoder implements AutoCloseable {
  private final InferenceModel model;
  private final @Nullable Tokenizer tokenizer;
  private final LatentCachePool pool;
  private final int contextLength;
  private final LongSupplier nanoTime;
  private final SpeculationGovernor governor = new SpeculationGovernor();
  private final List<DecodingSequence> running = new ArrayList<>();
  private final List<DecodingSequence> ended = new ArrayList<>();

  /**
   * A decoder without sequences.
   *
   * @param tokenizer makes text of tokens; without one tokens have no text
   * @param pool memory of the caches; stays the caller's
   * @param contextLength the most tokens of a sequence
   */
  public BatchDecoder(
      InferenceModel model,
      @Nullable Tokenizer tokenizer,
      LatentCachePool pool,
      int contextLength) {
    this(model, tokenizer, pool, contextLength, System::nanoTime);
  }

  BatchDecoder(
      InferenceModel model,
      @Nullable Tokenizer tokenizer,
      LatentCachePool pool,
      int contextLength,
      LongSupplier nanoTime) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.pool = pool;
    this.contextLength = Math.min(contextLength, model.config().maxPositionEmbeddings());
    this.nanoTime = nanoTime;
  }

  /** The most tokens of a sequence, prompt and continuation. */
  public int contextLength() {
    return contextLength;
  }

  /**
   * Takes in a sequence; the next steps work on it.
   *
   * @throws GenerateException if prompt and continuation do not fit, with the numbers
   */
  public DecodingSequence add(GenerationRequest request) {
    return add(request, null);
  }

  /**
   * The same, going on with a cache.
   *
   * @param begun holds the first tokens of the prompt, fewer than all, and has room for the whole
   *     sequence; is the sequence's from now on, also if this fails. Null: there is none
   */
  DecodingSequence add(GenerationRequest request, @Nullable LatentCache begun) {
    try {
      check(request);
    } catch (GenerateException e) {
      if (begun != null) {
        begun.close();
      }
      throw e;
    }
    boolean drafts = request.options().speculate() && model.drafts() && governor.admit();
    DecodingSequence sequence = new DecodingSequence(request, limit(request), tokenizer, drafts);
    if (begun == null) {
      start(sequence);
    } else {
      sequence.startWith(begun);
    }
    running.add(sequence);
    return sequence;
  }

  private int limit(GenerationRequest request) {
    int wanted = request.options().maxTokens();
    return wanted == 0 ? contextLength : request.prompt().length + wanted;
  }

  private void check(GenerationRequest request) {
    int prompt = request.prompt().length;
    int wanted = request.options().maxTokens();
    if (prompt >= contextLength || (long) prompt + wanted > contextLength) {
      throw new GenerateException(
          "context: %d tokens of the prompt and %d to generate do not fit into %d"
              .formatted(prompt, Math.max(1, wanted), contextLength));
    }
    for (int token : request.prompt()) {
      requireToken("prompt", token);
    }
    request.options().penalties().bias().keySet().forEach(id -> requireToken("logit_bias", id));
    int limit = limit(request);
    if (LatentCachePool.pages(limit) > pool.capacity()) {
      throw new GenerateException(
          "latent cache: a sequence of %d tokens needs %d pages, there are %d"
              .formatted(limit, LatentCachePool.pages(limit), pool.capacity()));
    }
    if (tokenizer == null && !request.options().stop().isEmpty()) {
      throw new GenerateException("stop: stop texts need a tokenizer, there is none");
    }
  }

  private void requireToken(String field, int token) {
    if (token < 0 || token >= model.config().vocabSize()) {
      throw new GenerateException(
          "%s: expected tokens from 0 to %d, found %d"
              .formatted(field, model.config().vocabSize() - 1, token));
    }
  }

  private void start(DecodingSequence sequence) {
    sequence.start(model.newCache(pool, sequence.limit()));
  }

  /** The sequences that have not ended, oldest first. */
  public List<DecodingSequence> running() {
    return List.copyOf(running);
  }

  /** Ends a sequence. */
  public void cancel(DecodingSequence sequence) {
    if (running.remove(sequence)) {
      sequence.finish(FinishReason.CANCELLED);
      sequence.dropCache();
    }
  }

  /**
   * Ends a sequence, if it has not ended, and hands over its cache, which holds all of its tokens
   * but the last few.
   */
  LatentCache release(DecodingSequence sequence) {
    if (running.remove(sequence)) {
      sequence.finish(FinishReason.CANCELLED);
    }
    return sequence.takeCache();
  }

  /** Gives a sequence's cache back; later steps compute it again. */
  public void preempt(DecodingSequence sequence) {
    if (running.contains(sequence)) {
      sequence.preempt();
    }
  }

  /** Measured tokens per second with drafts over those without. */
  public OptionalDouble speculationGain() {
    return governor.gain();
  }

  /**
   * The part of a sequence that a step takes through the model.
   *
   * @param from first position
   * @param to after the last
   * @param logitsFrom first position whose logits count, at most {@code to}
   * @param checks whether the last position holds a draft
   */
  private record Work(DecodingSequence sequence, int from, int to, int logitsFrom, boolean checks) {
    int rows() {
      return to - from;
    }

    InferenceModel.Chunk chunk() {
      return new InferenceModel.Chunk(
          Objects.requireNonNull(sequence.cache()),
          sequence.tokens(from, to),
          logitsFrom - from,
          sequence.drafting());
    }
  }

  /**
   * Takes the next tokens of the running sequences through the model: the next one of each that has
   * begun its continuation, oldest first, then prompts as far as the rows go.
   *
   * @param maxRows the most tokens of all sequences together
   * @return what came out, for sequences whose prompt is done; nothing at all can have been done
   *     where others hold the pages of the cache
   */
  public List<StepResult> step(int maxRows) {
    ended.forEach(DecodingSequence::dropCache);
    ended.clear();
    if (governor.paused()) {
      running.forEach(DecodingSequence::stopDrafting);
    }
    List<Work> batch = plan(Math.clamp(maxRows, 1, InferenceModel.MAX_HIDDEN_ROWS));
    if (batch.isEmpty()) {
      return List.of();
    }
    long begin = nanoTime.getAsLong();
    InferenceModel.BatchOutput output = model.forward(batch.stream().map(Work::chunk).toList());
    long forwarded = nanoTime.getAsLong();
    List<StepResult> results = new ArrayList<>();
    int hits = 0;
    List<List<GeneratedToken>> drawnTokens = drawAll(batch, output.logits());
    for (int i = 0; i < batch.size(); i++) {
      Work work = batch.get(i);
      List<GeneratedToken> tokens = drawnTokens.get(i);
      hits += work.checks && tokens.size() == 2 ? 1 : 0;
      if (!tokens.isEmpty() || work.sequence.finished()) {
        results.add(new StepResult(work.sequence, tokens));
      }
      if (work.sequence.finished()) {
        running.remove(work.sequence);
        ended.add(work.sequence);
      }
    }
    long drawn = nanoTime.getAsLong();
    draft(batch, output.hidden());
    measure(batch, hits, forwarded - begin, nanoTime.getAsLong() - drawn);
    return results;
  }

  private List<Work> plan(int maxRows) {
    List<Work> batch = new ArrayList<>();
    boolean probe = governor.probe() && running.stream().allMatch(DecodingSequence::hasDraft);
    int rows = 0;
    for (boolean prompts : new boolean[] {false, true}) {
      for (DecodingSequence sequence : List.copyOf(running)) {
        boolean single = sequence.pending() == 1 && sequence.size() > 1;
        if (single == prompts || rows == maxRows || !prepare(sequence, batch)) {
          continue;
        }
        Work work =
            prompts ? prompt(sequence, maxRows - rows) : next(sequence, maxRows - rows, probe);
        if (reserve(work, batch)) {
          batch.add(work);
          rows += work.rows();
        }
      }
    }
    return batch;
  }

  /** Whether the sequence can have work; one that was preempted starts again. */
  private boolean prepare(DecodingSequence sequence, List<Work> batch) {
    if (batch.size() >= InferenceModel.MAX_LOGIT_ROWS / 2) {
      return false;
    }
    if (sequence.cache() == null) {
      start(sequence);
    }
    return true;
  }

  private static Work next(DecodingSequence sequence, int rows, boolean probe) {
    int last = sequence.size() - 1;
    boolean checks = sequence.hasDraft() && rows >= 2 && !probe;
    return new Work(sequence, last, checks ? last + 2 : last + 1, last, checks);
  }

  private static Work prompt(DecodingSequence sequence, int rows) {
    int from = sequence.cached();
    int to = Math.min(sequence.size(), from + rows);
    int logitsFrom = to == sequence.size() ? to - 1 : to;
    return new Work(sequence, from, to, logitsFrom, false);
  }

  /** Makes sure of the pages, if need be by taking those of the youngest sequences. */
  private boolean reserve(Work work, List<Work> batch) {
    while (needed(work) + batch.stream().mapToInt(BatchDecoder::needed).sum() > pool.available()) {
      DecodingSequence victim = victim(work.sequence, batch);
      if (victim == null) {
        return false;
      }
      victim.preempt();
    }
    return true;
  }

  private static int needed(Work work) {
    LatentCache cache = Objects.requireNonNull(work.sequence.cache());
    return LatentCachePool.pages(work.to) - LatentCachePool.pages(cache.length());
  }

  /** The youngest sequence after this one that holds pages and is not in the batch. */
  private @Nullable DecodingSequence victim(DecodingSequence sequence, List<Work> batch) {
    for (int i = running.size() - 1; i >= 0; i--) {
      DecodingSequence candidate = running.get(i);
      if (candidate == sequence) {
        return null;
      }
      if (candidate.cached() > 0 && batch.stream().noneMatch(w -> w.sequence == candidate)) {
        return candidate;
      }
    }
    return null;
  }

  /** Sequences have nothing in common, so threads share them. */
  private List<List<GeneratedToken>> drawAll(List<Work> batch, List<Tensor> logits) {
    List<List<GeneratedToken>> drawn =
        new ArrayList<>(Collections.nCopies(batch.size(), List.of()));
    model
        .kernels()
        .team()
        .split(
            batch.size(),
            1,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                drawn.set(i, draw(batch.get(i), logits.get(i)));
              }
            });
    return drawn;
  }

  /** Draws what the logits give, and takes a draft back that was not drawn. */
  private static List<GeneratedToken> draw(Work work, Tensor rows) {
    List<GeneratedToken> tokens = new ArrayList<>(2);
    if (rows.rows() == 0) {
      return tokens;
    }
    DecodingSequence sequence = work.sequence;
    try {
      tokens.add(sequence.draw(row(rows, 0)));
      if (work.checks) {
        boolean hit = sequence.acceptDraft(tokens.getFirst().id());
        if (hit && !sequence.finished()) {
          tokens.add(sequence.draw(row(rows, 1)));
        } else if (!hit) {
          Objects.requireNonNull(sequence.cache()).truncate(work.to - 1);
        }
      }
    } catch (GenerateException e) {
      sequence.fail(e);
    }
    return tokens;
  }

  private static double[] row(Tensor rows, int row) {
    double[] logits = new double[rows.columns()];
    boolean wide = rows.dtype() == DType.F64;
    long at = (long) row * logits.length;
    for (int v = 0; v < logits.length; v++) {
      logits[v] = wide ? rows.getDouble(at + v) : rows.getFloat(at + v);
    }
    return logits;
  }

  /** Takes the MTP layer along and guesses the tokens after the next. */
  private void draft(List<Work> batch, List<Tensor> hidden) {
    List<InferenceModel.Draft> drafts = new ArrayList<>();
    List<DecodingSequence> guessing = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      DecodingSequence sequence = batch.get(i).sequence;
      if (!sequence.drafting() || sequence.finished()) {
        continue;
      }
      if (!sequence.roomForDraft()) {
        sequence.stopDrafting();
        continue;
      }
      int from = batch.get(i).from;
      int to = sequence.cached();
      boolean guess = sequence.pending() == 1;
      int wantFrom = guess ? to - from - 1 : to - from;
      drafts.add(
          new InferenceModel.Draft(
              Objects.requireNonNull(sequence.cache()),
              hidden.get(i).slice(0, to - from),
              sequence.tokens(from + 1, to + 1),
              wantFrom));
      guessing.add(sequence);
    }
    if (drafts.isEmpty()) {
      return;
    }
    List<Tensor> guesses = model.draft(drafts).logits();
    for (int i = 0; i < guessing.size(); i++) {
      if (guesses.get(i).rows() > 0) {
        guessing.get(i).guess(row(guesses.get(i), 0));
      }
    }
  }

  /** Tells the governor of steps in which every sequence was past its prompt and drafting. */
  private void measure(List<Work> batch, int hits, long forwarded, long drafted) {
    if (batch.stream().allMatch(Work::checks)) {
      governor.speculative(batch.size(), (forwarded + drafted) * 1e-9, batch.size(), hits);
    } else if (governor.probe()
        && batch.stream().allMatch(w -> w.rows() == 1 && w.sequence.drafting())) {
      governor.plain(batch.size(), forwarded * 1e-9);
    }
  }

  @Override
  public void close() {
    running.forEach(DecodingSequence::dropCache);
    running.clear();
    ended.forEach(DecodingSequence::dropCache);
    ended.clear();
  }
}
