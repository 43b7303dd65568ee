package dev.hadal.library;

import dev.hadal.format.FormatException;
import dev.hadal.generate.GenerateException;
import dev.hadal.generate.GenerationBatch;
import dev.hadal.model.ModelException;
import dev.hadal.text.TextException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Threads take turns with a model, in the order in which they came. A turn is one step through the
 * model at most, or the scoring of one text. Knows what is open, so that the last turn can close
 * it.
 */
final class Turns {
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Set<GenerationBatch> open = new LinkedHashSet<>();
  private boolean ended;

  /**
   * Does something alone.
   *
   * @throws IllegalStateException after the end
   * @throws HadalException instead of the exceptions of the modules below
   */
  <T> T take(Supplier<T> work) {
    lock.lock();
    try {
      if (ended) {
        throw new IllegalStateException("language model: it has been closed");
      }
      return translated(work);
    } finally {
      lock.unlock();
    }
  }

  /** Does something whose failures become {@link HadalException}s. */
  static <T> T translated(Supplier<T> work) {
    try {
      return work.get();
    } catch (FormatException | ModelException | TextException | GenerateException e) {
      throw new HadalException(e);
    }
  }

  /** Starts a batch, to be given back. */
  GenerationBatch start(Supplier<GenerationBatch> starting) {
    return take(
        () -> {
          GenerationBatch batch = starting.get();
          open.add(batch);
          return batch;
        });
  }

  /** Gives a batch's memory back, if that has not been done. */
  void giveBack(GenerationBatch batch) {
    lock.lock();
    try {
      if (open.remove(batch)) {
        batch.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Closes what is open and does the last thing, once. */
  void end(Runnable last) {
    lock.lock();
    try {
      if (!ended) {
        ended = true;
        open.forEach(GenerationBatch::close);
        open.clear();
        last.run();
      }
    } finally {
      lock.unlock();
    }
  }
}
