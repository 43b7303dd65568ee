package dev.hadal.kernels;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Pages between two that cannot be touched: code that touches them ends the JVM. Linux only. */
final class GuardedPages implements AutoCloseable {
  private static final long PAGE = 4096;
  private static final int READ_AND_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;

  private final MemorySegment all;
  private final MemorySegment inner;

  GuardedPages(long bytes) {
    long size = (bytes + PAGE - 1) / PAGE * PAGE;
    all = map(size + 2 * PAGE);
    inner = all.asSlice(PAGE, size);
    protect(all.asSlice(0, PAGE));
    protect(all.asSlice(PAGE + size, PAGE));
  }

  /** So many bytes right before a guard page. */
  MemorySegment last(long bytes) {
    return inner.asSlice(inner.byteSize() - bytes, bytes);
  }

  /** So many bytes right behind a guard page. */
  MemorySegment first(long bytes) {
    return inner.asSlice(0, bytes);
  }

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), descriptor);
  }

  private static MemorySegment map(long bytes) {
    MethodHandle mmap =
        function(
            "mmap",
            FunctionDescriptor.of(
                ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    try {
      MemorySegment start =
          (MemorySegment)
              mmap.invokeExact(
                  MemorySegment.NULL, bytes, READ_AND_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
      if (start.address() == -1) {
        throw new IllegalStateException("mmap failed");
      }
      return start.reinterpret(bytes);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void protect(MemorySegment pages) {
    MethodHandle mprotect =
        function("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    try {
      int status = (int) mprotect.invokeExact(pages, pages.byteSize(), 0);
      if (status != 0) {
        throw new IllegalStateException("mprotect failed");
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    MethodHandle munmap = function("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
    try {
      int status = (int) munmap.invokeExact(all, all.byteSize());
      if (status != 0) {
        throw new IllegalStateException("munmap failed");
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
