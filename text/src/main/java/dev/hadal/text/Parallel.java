package dev.hadal.text;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Work shared by a few threads. */
final class Parallel {
  private Parallel() {}

  /** Does something for each index below a count, each once, by so many threads. */
  static void forEach(int count, int threads, IntConsumer work) {
    AtomicInteger next = new AtomicInteger();
    run(
        Math.min(threads, Math.max(1, count)),
        _ -> {
          for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
            work.accept(i);
          }
        });
  }

  /** Does something once on each thread, which learns its number. The first failure is thrown. */
  static void run(int threads, IntConsumer work) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected 1 or more, found " + threads);
    }
    if (threads == 1) {
      work.accept(0);
      return;
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int number = thread;
        running.add(executor.submit(() -> work.accept(number)));
      }
      for (Future<?> future : running) {
        future.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TextException("interrupted while working on text", e);
    }
  }
}
