package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.CpuFeature;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The functions of {@link FewRowsCode} and {@link DecodedRowCode}, made at start. */
final class FewRowsFunctions {
  /** Past the page at whose end the processor's prefetcher stops. */
  private static final int AHEAD = 4096;

  private final Map<OperandKind, MethodHandle[][]> products = new EnumMap<>(OperandKind.class);
  private final @Nullable MethodHandle decode;

  /**
   * Makes all functions of some kinds.
   *
   * @throws dev.hadal.assembler.AssemblerException if the processor lacks what they need
   */
  FewRowsFunctions(CodeLoader loader, Arena arena, Set<OperandKind> kinds) {
    for (OperandKind kind : kinds) {
      MethodHandle[][] handles = new MethodHandle[FewRowsCode.MOST + 1][2];
      for (int rows = 1; rows <= FewRowsCode.MOST; rows++) {
        int[] counts = {1, atOnce(kind, rows)};
        for (int i = 0; i < counts.length; i++) {
          handles[rows][i] =
              loader.load(
                  new FewRowsCode(kind, rows, counts[i], AHEAD).assemble(),
                  FewRowsCode.SIGNATURE,
                  arena);
        }
      }
      products.put(kind, handles);
    }
    decode =
        kinds.contains(OperandKind.TILED)
            ? loader.load(DecodedRowCode.assemble(), DecodedRowCode.SIGNATURE, arena)
            : null;
  }

  /** Panels that are best read at once. */
  static int atOnce(OperandKind kind, int rows) {
    return Integer.getInteger("few.panels." + kind, rows == 1 ? 2 : 1);
  }

  /** What products of a kind need of the processor. */
  static Set<CpuFeature> required(OperandKind kind) {
    Set<CpuFeature> needed = EnumSet.noneOf(CpuFeature.class);
    needed.addAll(new FewRowsCode(kind, 1, 1, AHEAD).assemble().required());
    if (kind == OperandKind.TILED) {
      needed.addAll(DecodedRowCode.assemble().required());
    }
    return needed;
  }

  /** Whether products of a kind were made. */
  boolean serves(OperandKind kind) {
    return products.containsKey(kind);
  }

  /**
   * Multiplies.
   *
   * @param several whether it takes as many panels at once as are best, instead of one
   */
  void multiply(OperandKind kind, int rows, boolean several, FewRowsFrame frame) {
    MethodHandle[][] handles = products.get(kind);
    if (handles == null) {
      throw new IllegalStateException("no products of few rows of " + kind);
    }
    try {
      handles[rows][several ? 1 : 0].invokeExact(frame.address());
    } catch (Throwable e) {
      throw ProductFunctions.unexpected(e);
    }
  }

  /** E4M3 codes to BF16; writes as many as the next multiple of {@link DecodedRowCode#CODES}. */
  void decode(long from, long to, long count) {
    MethodHandle function = decode;
    if (function == null) {
      throw new IllegalStateException("no products of few rows of " + OperandKind.TILED);
    }
    try {
      function.invokeExact(from, to, count);
    } catch (Throwable e) {
      throw ProductFunctions.unexpected(e);
    }
  }
}
