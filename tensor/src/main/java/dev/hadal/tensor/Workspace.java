package dev.hadal.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A budgeted stack of scratch tensors: memory is taken in order, given back all at once to a mark,
 * and reused by the next step, so that nothing is allocated from the system after the first.
 *
 * <p>Memory comes back dirty: tensors are <em>not</em> zero-filled. Not thread-safe: one owner.
 */
public final class Workspace implements AutoCloseable {
  private static final long CHUNK = 64L << 20;

  private final String name;
  private final long budgetBytes;
  private Arena arena = Arena.ofShared();
  private final java.util.ArrayList<MemorySegment> chunks = new java.util.ArrayList<>();
  private int chunk;
  private long offset;
  private long reservedBytes;
  private long peakBytes;

  /**
   * An empty workspace.
   *
   * @param name for messages
   * @param budgetBytes the most that may be reserved from the system
   */
  public Workspace(String name, long budgetBytes) {
    this.name = name;
    this.budgetBytes = budgetBytes;
  }

  /**
   * A workspace of memory that exists, which stays its owner's.
   *
   * @param memory aligned to 64 bytes
   */
  public static Workspace over(String name, MemorySegment memory) {
    Workspace workspace = new Workspace(name, memory.byteSize());
    workspace.chunks.add(memory);
    workspace.reservedBytes = memory.byteSize();
    return workspace;
  }

  /**
   * Makes place for so many bytes in one piece, where tensors of any sizes lie side by side; what
   * does not fit goes into further pieces. Everything taken before is given back and must no longer
   * be used.
   *
   * @throws IllegalStateException if it is more than the budget
   */
  public void reserve(long bytes) {
    release(new Mark(0, 0));
    if (!chunks.isEmpty() && chunks.getFirst().byteSize() >= bytes) {
      return;
    }
    arena.close();
    arena = Arena.ofShared();
    chunks.clear();
    reservedBytes = 0;
    addChunk(bytes);
  }

  private void addChunk(long size) {
    if (size > budgetBytes - reservedBytes) {
      throw new IllegalStateException(
          "workspace %s: needs %d bytes more than its budget of %d"
              .formatted(name, reservedBytes + size - budgetBytes, budgetBytes));
    }
    chunks.add(LargeMemory.allocate(arena, size, 4096));
    reservedBytes += size;
  }

  /** A position to which {@link #release} can return. */
  public record Mark(int chunk, long offset) {}

  /** The present position. */
  public Mark mark() {
    return new Mark(chunk, offset);
  }

  /** Gives back everything taken since the mark. Tensors taken since must no longer be used. */
  public void release(Mark mark) {
    chunk = mark.chunk();
    offset = mark.offset();
  }

  /** An uninitialised tensor. */
  public Tensor take(DType dtype, long... extents) {
    Shape shape = Shape.of(extents);
    long bytes = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
    return new Tensor(dtype, shape, takeBytes(bytes));
  }

  /** A zero-filled tensor. */
  public Tensor takeZeroed(DType dtype, long... extents) {
    Tensor tensor = take(dtype, extents);
    tensor.data().fill((byte) 0);
    return tensor;
  }

  private MemorySegment takeBytes(long bytes) {
    long padded = (bytes + Tensor.ALIGNMENT - 1) / Tensor.ALIGNMENT * Tensor.ALIGNMENT;
    while (chunk < chunks.size() && offset + padded > chunks.get(chunk).byteSize()) {
      chunk++;
      offset = 0;
    }
    if (chunk == chunks.size()) {
      addChunk(Math.max(CHUNK, padded));
      offset = 0;
    }
    MemorySegment taken = chunks.get(chunk).asSlice(offset, bytes);
    offset += padded;
    long used = offset;
    for (int i = 0; i < chunk; i++) {
      used += chunks.get(i).byteSize();
    }
    peakBytes = Math.max(peakBytes, used);
    return taken;
  }

  /** Bytes reserved from the system. */
  public long reservedBytes() {
    return reservedBytes;
  }

  /** The most bytes that were in use at once. */
  public long peakBytes() {
    return peakBytes;
  }

  @Override
  public void close() {
    arena.close();
  }
}
