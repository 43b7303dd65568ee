package dev.hadal.train;

import dev.hadal.format.CheckpointStore;
import dev.hadal.format.CheckpointWriter;
import dev.hadal.format.FormatException;
import dev.hadal.format.JsonObject;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Writes checkpoints behind the training's back: the state is copied at a step's end, and a thread
 * of its own hashes and writes the copy. One is in flight at a time; the next waits for it.
 */
final class StateSaver implements AutoCloseable {
  private static final long LONGEST_MINUTES = 10;

  private final CheckpointStore store;
  private final Path folder;
  private final Map<String, Tensor> live;
  private final Arena arena = Arena.ofShared();
  private final Map<String, Tensor> snapshot = new LinkedHashMap<>();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("checkpoints").factory());
  private @Nullable Future<?> inFlight;
  private long step;

  /** A saver of a state; takes the memory of the copy at once. */
  StateSaver(CheckpointStore store, Path folder, TrainingState state) {
    this.store = store;
    this.folder = folder;
    this.live = state.tensors();
    live.forEach(
        (name, tensor) ->
            snapshot.put(name, Tensor.allocate(arena, tensor.dtype(), tensor.shape().extents())));
  }

  /** Bytes of the copy. */
  long bytes() {
    return snapshot.values().stream().mapToLong(Tensor::bytes).sum();
  }

  /** A checkpoint that is complete. */
  record Saved(long step, Path folder) {}

  /** Begins to save; returns when the state may change again. Nothing may be in flight. */
  void save(long step, JsonObject fields) {
    if (inFlight != null) {
      throw new IllegalStateException("a checkpoint is in flight");
    }
    live.forEach(
        (name, tensor) -> java.util.Objects.requireNonNull(snapshot.get(name)).copyFrom(tensor));
    this.step = step;
    inFlight = thread.submit(() -> write(step, fields));
  }

  private void write(long step, JsonObject fields) {
    try (CheckpointWriter writer = store.begin(step)) {
      writer.addTensors(TrainingState.FILE, snapshot);
      writer.commit(fields);
    }
  }

  /** What was completed since the last call, without waiting. */
  Optional<Saved> poll() {
    return inFlight != null && inFlight.isDone() ? await() : Optional.empty();
  }

  /**
   * Waits for what is in flight.
   *
   * @throws TrainException if it could not be written; the checkpoints before it are untouched
   */
  Optional<Saved> await() {
    Future<?> waiting = inFlight;
    if (waiting == null) {
      return Optional.empty();
    }
    inFlight = null;
    try {
      waiting.get(LONGEST_MINUTES, TimeUnit.MINUTES);
      return Optional.of(new Saved(step, folder.resolve("step-%06d".formatted(step))));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof FormatException failure) {
        throw new TrainException(
            failure.getMessage() + "; the checkpoints before it are untouched", failure);
      }
      throw new IllegalStateException("a checkpoint could not be written", e.getCause());
    } catch (TimeoutException e) {
      throw new TrainException(
          "%s: the checkpoint of step %d was not written within %d minutes"
              .formatted(folder, step, LONGEST_MINUTES),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainException(folder + ": interrupted while a checkpoint was written", e);
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      // The memory must outlive its reader.
      if (thread.awaitTermination(LONGEST_MINUTES, TimeUnit.MINUTES)) {
        arena.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
