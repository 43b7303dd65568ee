package dev.hadal.library;

import dev.hadal.generate.DecodingSequence;
import dev.hadal.generate.FinishReason;
import dev.hadal.generate.GeneratedToken;
import dev.hadal.generate.Generation;
import dev.hadal.generate.GenerationBatch;
import dev.hadal.generate.StepResult;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A continuation, token by token. The thread that asks for a token computes it: nothing runs ahead
 * but the token of a draft that held, and whoever asks slowly lets the others' turns come sooner.
 *
 * <p>Tokens are taken by one thread at a time; {@link #cancel} may be called by any. The stream
 * gives its memory back at its end, when it is cancelled or closed, and when the model is closed.
 */
public final class TokenStream implements Iterable<GeneratedToken>, AutoCloseable {
  private final Turns turns;
  private final GenerationBatch batch;
  private final DecodingSequence sequence;
  private final Deque<GeneratedToken> ready = new ArrayDeque<>();
  private int taken;
  private volatile boolean cancelled;
  private @Nullable Generation result;

  TokenStream(Turns turns, GenerationBatch batch) {
    this.turns = turns;
    this.batch = batch;
    this.sequence = batch.sequences().getFirst();
  }

  /** The tokens that were not taken yet: all iterators of a stream take from the same. */
  @Override
  public Iterator<GeneratedToken> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return TokenStream.this.hasNext();
      }

      @Override
      public GeneratedToken next() {
        return TokenStream.this.next();
      }
    };
  }

  /**
   * Whether there is another token, which is computed if need be.
   *
   * @throws HadalException if no token can be drawn
   * @throws IllegalStateException if the model was closed before the end
   */
  public boolean hasNext() {
    while (!cancelled && ready.isEmpty() && result == null) {
      turns.take(this::step);
    }
    return !cancelled && !ready.isEmpty();
  }

  /**
   * The next token.
   *
   * @throws NoSuchElementException after the last, or after {@link #cancel}
   */
  public GeneratedToken next() {
    if (!hasNext()) {
      throw new NoSuchElementException("token stream: the continuation has ended");
    }
    taken++;
    return ready.removeFirst();
  }

  private boolean step() {
    if (cancelled) {
      return false;
    }
    try {
      for (StepResult step : batch.step()) {
        ready.addAll(step.tokens());
      }
      if (sequence.finished()) {
        result = batch.results().getFirst();
      }
      return true;
    } finally {
      if (sequence.finished()) {
        turns.giveBack(batch);
      }
    }
  }

  /**
   * Ends the continuation and gives its memory back; the tokens that were taken stay. May be called
   * by any thread, waits for the step that is being computed, and does nothing after the end.
   */
  public void cancel() {
    cancelled = true;
    turns.giveBack(batch);
  }

  /** The same as {@link #cancel}. */
  @Override
  public void close() {
    cancel();
  }

  /**
   * What the stream gave: the whole continuation after its last token, and the tokens that were
   * taken, with the reason {@link FinishReason#CANCELLED}, before.
   */
  public Generation result() {
    Generation whole = result;
    return whole != null && ready.isEmpty() ? whole : batch.cancelled(sequence, taken);
  }
}
