package dev.hadal.cli;

import dev.hadal.kernels.Kernels;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** Kernels that a thread of their own opens while the command reads its files. */
final class KernelsAhead implements AutoCloseable {
  private final FutureTask<Kernels> opening;

  private KernelsAhead(FutureTask<Kernels> opening) {
    this.opening = opening;
  }

  /** Begins to open them. */
  static KernelsAhead open(Supplier<Kernels> opener) {
    FutureTask<Kernels> opening = new FutureTask<>(opener::get);
    Thread.ofPlatform().daemon().name("kernels").start(opening);
    return new KernelsAhead(opening);
  }

  /** The kernels, once they are open; throws what opening them threw. */
  Kernels kernels() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return opening.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw thrown(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static RuntimeException thrown(ExecutionException failure) {
    if (failure.getCause() instanceof Error error) {
      throw error;
    }
    return failure.getCause() instanceof RuntimeException exception
        ? exception
        : new IllegalStateException(failure.getCause());
  }

  /** Closes them. That they did not open was told to whoever asked for them, or does not matter. */
  @Override
  public void close() {
    Kernels open;
    try {
      open = kernels();
    } catch (RuntimeException e) {
      return;
    }
    open.close();
  }
}
