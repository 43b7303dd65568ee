package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Signature;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;

/**
 * Functions that differ by a number, each made when it is first asked for: of the many heights of
 * tiles a program uses few, and one that answers at once cannot wait for all. Safe for use by
 * several threads.
 */
final class CodeTable {
  private final CodeLoader loader;
  private final Arena arena;
  private final Signature signature;
  private final IntFunction<MachineCode> code;
  private final AtomicReferenceArray<MethodHandle> functions;

  /**
   * A table without any function yet.
   *
   * @param most the highest number
   * @param code of a number's function; the processor must run all of them
   */
  CodeTable(
      CodeLoader loader,
      Arena arena,
      Signature signature,
      int most,
      IntFunction<MachineCode> code) {
    this.loader = loader;
    this.arena = arena;
    this.signature = signature;
    this.code = code;
    functions = new AtomicReferenceArray<>(most + 1);
  }

  /** The function of a number. */
  MethodHandle get(int number) {
    MethodHandle function = functions.getAcquire(number);
    return function != null ? function : make(number);
  }

  private synchronized MethodHandle make(int number) {
    MethodHandle function = functions.getAcquire(number);
    if (function == null) {
      function = loader.load(code.apply(number), signature, arena);
      functions.setRelease(number, function);
    }
    return function;
  }
}
