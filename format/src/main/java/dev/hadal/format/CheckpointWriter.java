package dev.hadal.format;

import dev.hadal.tensor.Tensor;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One checkpoint in the making: files are added, each forced to the disk when it is complete, then
 * {@link #commit} makes them a checkpoint. Closed without a commit, nothing remains. One thread at
 * a time.
 */
public final class CheckpointWriter implements AutoCloseable {
  private final CheckpointStore store;
  private final long step;
  private final Path temporary;
  private final Path target;
  private final Map<String, CheckpointManifest.Entry> files = new LinkedHashMap<>();
  private final Map<String, FileSink> open = new LinkedHashMap<>();
  private boolean committed;

  CheckpointWriter(CheckpointStore store, long step, Path temporary, Path target) {
    this.store = store;
    this.step = step;
    this.temporary = temporary;
    this.target = target;
  }

  /** The training step. */
  public long step() {
    return step;
  }

  /**
   * Adds a file; it is complete when the stream is closed.
   *
   * @param name lower-case letters, digits, {@code . _ -}; unique in the checkpoint
   */
  public OutputStream file(String name) {
    FileSink sink = create(name);
    return new FilterOutputStream(new BufferedOutputStream(sink.stream(), 1 << 16)) {
      private boolean closed;

      @Override
      public void write(byte[] data, int from, int length) throws IOException {
        out.write(data, from, length);
      }

      @Override
      public void close() throws IOException {
        if (!closed) {
          closed = true;
          out.flush();
          complete(name, sink);
        }
      }
    };
  }

  /** Adds a safetensors file of the tensors in the map's order. */
  public void addTensors(String name, Map<String, Tensor> tensors) {
    FileSink sink = create(name);
    SafetensorsWriter.write(sink, tensors, Map.of());
    complete(name, sink);
  }

  private FileSink create(String name) {
    if (!CheckpointStore.isFileName(name) || files.containsKey(name) || open.containsKey(name)) {
      throw new IllegalArgumentException(
          "checkpoint file: expected a new plain lower-case name, got " + Quoting.quote(name));
    }
    FileSink sink = FileSink.create(temporary.resolve(name), target.resolve(name));
    open.put(name, sink);
    return sink;
  }

  private void complete(String name, FileSink sink) {
    sink.force();
    sink.close();
    open.remove(name);
    files.put(name, new CheckpointManifest.Entry(sink.bytes(), sink.sha256()));
    store.faults().reached("file:" + name);
  }

  /**
   * Makes the files a checkpoint: the manifest last, then one rename. Afterwards the oldest
   * checkpoints beyond the store's number are deleted.
   *
   * @param fields what {@link CheckpointReader#manifest} gives back
   */
  public void commit(JsonObject fields) {
    if (committed || !open.isEmpty()) {
      throw new IllegalStateException("checkpoint " + target + ": still open " + open.keySet());
    }
    FaultPoint faults = store.faults();
    faults.reached("before-manifest");
    try (FileSink sink =
        FileSink.create(
            temporary.resolve(CheckpointManifest.FILE), target.resolve(CheckpointManifest.FILE))) {
      sink.write(new CheckpointManifest(step, files, fields).encode());
      sink.force();
    }
    faults.reached("after-manifest");
    AtomicFile.forceFolder(temporary);
    faults.reached("before-rename");
    store.install(temporary, target);
    committed = true;
    store.prune();
  }

  @Override
  public void close() {
    try {
      if (!committed) {
        open.values().forEach(FileSink::close);
        CheckpointStore.deleteTree(temporary);
      }
    } finally {
      store.finished(this);
    }
  }
}
