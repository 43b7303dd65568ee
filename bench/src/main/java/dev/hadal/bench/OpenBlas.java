package dev.hadal.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/**
 * The three functions of OpenBLAS that a comparison needs, through the Foreign Function & Memory
 * API. Debian has the library in the package libopenblas0-pthread.
 */
final class OpenBlas {
  private static final List<String> NAMES =
      List.of(
          "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0",
          "/usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas.so.0",
          "libopenblas.so.0",
          "libopenblas.dylib");

  private static final int ROW_MAJOR = 101;
  private static final int AS_IS = 111;
  private static final int TRANSPOSED = 112;

  private final MethodHandle sgemm;
  private final MethodHandle setThreads;
  private final MethodHandle coreName;

  private OpenBlas(SymbolLookup library) {
    Linker linker = Linker.nativeLinker();
    sgemm =
        linker.downcallHandle(
            library.findOrThrow("cblas_sgemm"),
            FunctionDescriptor.ofVoid(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_FLOAT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_FLOAT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT));
    setThreads =
        linker.downcallHandle(
            library.findOrThrow("openblas_set_num_threads"),
            FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
    coreName =
        linker.downcallHandle(
            library.findOrThrow("openblas_get_corename"),
            FunctionDescriptor.of(ValueLayout.ADDRESS));
  }

  /** The library, if the machine has it. */
  static Optional<OpenBlas> find() {
    for (String name : NAMES) {
      try {
        return Optional.of(new OpenBlas(SymbolLookup.libraryLookup(name, Arena.global())));
      } catch (IllegalArgumentException | java.util.NoSuchElementException e) {
        // Not there, or another library of that name: the next one.
      }
    }
    return Optional.empty();
  }

  void setThreads(int threads) {
    try {
      setThreads.invokeExact(threads);
    } catch (Throwable e) {
      throw new IllegalStateException("openblas_set_num_threads", e);
    }
  }

  /** The processor whose kernels it took. */
  String coreName() {
    try {
      MemorySegment text = (MemorySegment) coreName.invokeExact();
      return text.reinterpret(64).getString(0);
    } catch (Throwable e) {
      throw new IllegalStateException("openblas_get_corename", e);
    }
  }

  /** C [m, n] = A [m, k] times the transpose of B [n, k]. */
  void multiply(int m, int n, int k, MemorySegment a, MemorySegment b, MemorySegment c) {
    try {
      sgemm.invokeExact(ROW_MAJOR, AS_IS, TRANSPOSED, m, n, k, 1f, a, k, b, k, 0f, c, n);
    } catch (Throwable e) {
      throw new IllegalStateException("cblas_sgemm", e);
    }
  }
}
