package dev.hadal.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Zero-filled memory outside the heap that asks for huge pages where there is much of it. In pages
 * of 4 KiB a buffer lies scattered over physical memory: blocks made for the second-level cache
 * collide in it, and every row of a matrix needs its own entry of the address cache. Pages of 2 MiB
 * end both. Results do not change; a system that has no huge pages gives ordinary ones.
 *
 * <p>Source: Linux manual pages mmap(2) and madvise(2), MADV_HUGEPAGE.
 */
public final class LargeMemory {
  private static final long HUGE_PAGE = 2L << 20;
  private static final int READ_AND_WRITE = 1 | 2;
  private static final int PRIVATE_AND_ANONYMOUS = 2 | 0x20;
  private static final int HUGE_PAGE_ADVICE = 14;
  private static final long FAILED = -1;

  private LargeMemory() {}

  /** The functions of the system; made at the first use. */
  private static final class SystemCalls {
    static final Optional<SystemCalls> INSTANCE = link();

    final MethodHandle map;
    final MethodHandle unmap;
    final MethodHandle advise;

    private SystemCalls(Linker linker) {
      map =
          function(
              linker,
              "mmap",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG));
      unmap =
          function(
              linker,
              "munmap",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
      advise =
          function(
              linker,
              "madvise",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT));
    }

    private static MethodHandle function(Linker linker, String name, FunctionDescriptor types) {
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), types);
    }

    /** The numbers above are those of Linux on 64-bit processors. */
    private static Optional<SystemCalls> link() {
      boolean linux = System.getProperty("os.name", "").equals("Linux");
      boolean wide = ValueLayout.ADDRESS.byteSize() == Long.BYTES;
      boolean allowed = LargeMemory.class.getModule().isNativeAccessEnabled();
      return linux && wide && allowed
          ? Optional.of(new SystemCalls(Linker.nativeLinker()))
          : Optional.empty();
    }

    /** Huge-page-aligned memory of a multiple of that size; empty if the system gives none. */
    Optional<MemorySegment> allocate(Arena arena, long bytes) {
      try {
        long mapped = bytes + HUGE_PAGE;
        long address =
            (long) map.invokeExact(0L, mapped, READ_AND_WRITE, PRIVATE_AND_ANONYMOUS, -1, 0L);
        if (address == FAILED) {
          return Optional.empty();
        }
        long aligned = (address + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        // Advice that is not taken leaves ordinary pages.
        int _ = (int) advise.invokeExact(aligned, bytes, HUGE_PAGE_ADVICE);
        return Optional.of(
            MemorySegment.ofAddress(aligned)
                .reinterpret(bytes, arena, _ -> release(address, mapped)));
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    private void release(long address, long bytes) {
      try {
        int _ = (int) unmap.invokeExact(address, bytes);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    private static IllegalStateException unexpected(Throwable e) {
      if (e instanceof Error error) {
        throw error;
      }
      return new IllegalStateException("memory functions cannot be called", e);
    }
  }

  /**
   * Allocates.
   *
   * @param arena frees it
   * @param bytes how many
   * @param alignment a power of two, at most 2 MiB
   */
  public static MemorySegment allocate(Arena arena, long bytes, long alignment) {
    if (alignment > HUGE_PAGE) {
      throw new IllegalArgumentException("alignment: expected at most 2 MiB, found " + alignment);
    }
    if (bytes < HUGE_PAGE) {
      return arena.allocate(bytes, alignment);
    }
    long padded = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    return SystemCalls.INSTANCE
        .flatMap(calls -> calls.allocate(arena, padded))
        .map(memory -> memory.asSlice(0, bytes))
        .orElseGet(() -> arena.allocate(bytes, alignment));
  }
}
