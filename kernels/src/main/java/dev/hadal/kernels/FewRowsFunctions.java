package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.MachineCode;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The functions of {@link FewRowsCode} and {@link DecodedRowCode}, made at start. */
final class FewRowsFunctions {
  /** Past the page at whose end the processor's prefetcher stops. */
  private static final int AHEAD = 4096;

  private final Map<OperandKind, MethodHandle[]> products = new EnumMap<>(OperandKind.class);
  private final @Nullable MethodHandle decode;

  /**
   * Makes all functions of some kinds.
   *
   * @throws dev.hadal.assembler.AssemblerException if the processor lacks what they need
   */
  FewRowsFunctions(CodeLoader loader, Arena arena, Set<OperandKind> kinds) {
    for (OperandKind kind : kinds) {
      MethodHandle[] handles = new MethodHandle[FewRowsCode.MOST + 1];
      for (int rows = 1; rows <= FewRowsCode.MOST; rows++) {
        handles[rows] = loader.load(code(kind, rows), FewRowsCode.SIGNATURE, arena);
      }
      products.put(kind, handles);
    }
    decode =
        kinds.contains(OperandKind.TILED)
            ? loader.load(DecodedRowCode.assemble(), DecodedRowCode.SIGNATURE, arena)
            : null;
  }

  private static MachineCode code(OperandKind kind, int rows) {
    return new FewRowsCode(kind, rows, FewRowsCode.together(kind, rows), AHEAD).assemble();
  }

  /** The codes that a processor must run for products of a kind. */
  static List<MachineCode> codes(OperandKind kind) {
    MachineCode product = code(kind, 1);
    return kind == OperandKind.TILED
        ? List.of(product, DecodedRowCode.assemble())
        : List.of(product);
  }

  /** Whether products of a kind were made. */
  boolean serves(OperandKind kind) {
    return products.containsKey(kind);
  }

  /** Multiplies so many rows. */
  void multiply(OperandKind kind, int rows, FewRowsFrame frame) {
    MethodHandle[] handles = products.get(kind);
    if (handles == null) {
      throw new IllegalStateException("no products of few rows of " + kind);
    }
    try {
      handles[rows].invokeExact(frame.address());
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
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
      throw GeneratedCode.unexpected(e);
    }
  }
}
