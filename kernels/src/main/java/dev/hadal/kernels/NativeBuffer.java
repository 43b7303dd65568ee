package dev.hadal.kernels;

import dev.hadal.tensor.LargeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Scratch memory outside the heap that grows to what is asked for; the collector frees it. */
final class NativeBuffer {
  private static final long ALIGNMENT = 4096;

  private MemorySegment memory = MemorySegment.NULL;

  /** At least so many bytes, with undefined content. */
  MemorySegment of(long bytes) {
    if (memory.byteSize() < bytes) {
      memory = LargeMemory.allocate(Arena.ofAuto(), bytes, ALIGNMENT);
    }
    return memory;
  }
}
