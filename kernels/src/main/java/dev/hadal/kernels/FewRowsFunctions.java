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

/** The functions of {@link FewRowsCode} and {@link DecodedRowCode}. */
final class FewRowsFunctions {
  /** Past the page at whose end the processor's prefetcher stops. */
  private static final int AHEAD = 4096;

  /**
   * AMD's number of the Zen 5 cores, which read codes faster with memory asked for ahead; Zen 4
   * cores read them, and both read BF16, as fast or faster without.
   */
  private static final int ZEN_5 = 26;

  private final Map<OperandKind, CodeTable> products = new EnumMap<>(OperandKind.class);
  private final @Nullable Later<MethodHandle> decode;

  /**
   * Functions of some kinds.
   *
   * @throws dev.hadal.assembler.AssemblerException if the processor lacks what they need
   */
  FewRowsFunctions(CodeLoader loader, Arena arena, Set<OperandKind> kinds) {
    for (OperandKind kind : kinds) {
      int ahead = kind == OperandKind.TILED && loader.processor().family() == ZEN_5 ? AHEAD : 0;
      products.put(
          kind,
          new CodeTable(
              loader,
              arena,
              FewRowsCode.SIGNATURE,
              FewRowsCode.MOST,
              rows -> new FewRowsCode(kind, rows, ahead).assemble()));
    }
    decode =
        kinds.contains(OperandKind.TILED)
            ? GeneratedCode.function(loader, DecodedRowCode.SIGNATURE, DecodedRowCode::assemble)
            : null;
  }

  /** The codes that a processor must run for products of a kind. */
  static List<MachineCode> codes(OperandKind kind) {
    MachineCode product = new FewRowsCode(kind, 1, AHEAD).assemble();
    return kind == OperandKind.TILED
        ? List.of(product, DecodedRowCode.assemble())
        : List.of(product);
  }

  /** Whether there are products of a kind. */
  boolean serves(OperandKind kind) {
    return products.containsKey(kind);
  }

  /** Multiplies so many rows. */
  void multiply(OperandKind kind, int rows, FewRowsFrame frame) {
    CodeTable functions = products.get(kind);
    if (functions == null) {
      throw new IllegalStateException("no products of few rows of " + kind);
    }
    try {
      functions.get(rows).invokeExact(frame.address());
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** E4M3 codes to BF16; writes as many as the next multiple of {@link DecodedRowCode#CODES}. */
  void decode(long from, long to, long count) {
    Later<MethodHandle> function = decode;
    if (function == null) {
      throw new IllegalStateException("no products of few rows of " + OperandKind.TILED);
    }
    try {
      function.get().invokeExact(from, to, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
