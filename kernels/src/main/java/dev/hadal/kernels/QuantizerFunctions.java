package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The functions of {@link TileCode}, each made when it is first asked for. */
final class QuantizerFunctions {
  private final CodeLoader loader;
  private final Map<TileCode, MethodHandle> functions = new ConcurrentHashMap<>();

  QuantizerFunctions(CodeLoader loader) {
    this.loader = loader;
  }

  /** The function of some code; takes the address of a {@link TileFrame}. */
  MethodHandle of(TileCode code) {
    return functions.computeIfAbsent(
        code, c -> loader.load(c.assemble(), TileLoop.SIGNATURE, Arena.global()));
  }

  /** Runs it. */
  static void run(MethodHandle function, TileFrame frame) {
    try {
      function.invokeExact(frame.address());
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
