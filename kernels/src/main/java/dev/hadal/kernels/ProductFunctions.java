package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.MachineCode;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The functions of {@link ProductCode} and {@link PairCode}. */
final class ProductFunctions {
  private final Map<OperandKind, CodeTable> tiles = new EnumMap<>(OperandKind.class);
  private final PackingFunctions packing;
  private final FewRowsFunctions few;
  private final @Nullable Later<MethodHandle> toPairs;

  /**
   * Functions of some kinds.
   *
   * @throws dev.hadal.assembler.AssemblerException if {@link #obstacle} tells one
   */
  ProductFunctions(CodeLoader loader, Arena arena, Set<OperandKind> kinds) {
    for (OperandKind kind : kinds) {
      tiles.put(
          kind,
          new CodeTable(
              loader,
              arena,
              ProductCode.SIGNATURE,
              ProductCode.TALLEST,
              rows -> new ProductCode(kind, rows).assemble()));
    }
    packing = new PackingFunctions(loader, kinds);
    few = new FewRowsFunctions(loader, arena, kinds);
    toPairs =
        kinds.contains(OperandKind.TILED)
            ? GeneratedCode.function(loader, PairCode.SIGNATURE, PairCode::assemble)
            : null;
  }

  /** Why products of a kind cannot be made; empty if they can. */
  static Optional<String> obstacle(OperandKind kind, CodeLoader loader) {
    List<MachineCode> codes = new ArrayList<>();
    codes.add(new ProductCode(kind, 1).assemble());
    if (kind == OperandKind.TILED) {
      codes.add(PairCode.assemble());
    }
    codes.addAll(FewRowsFunctions.codes(kind));
    codes.addAll(PackingFunctions.codes(kind));
    return GeneratedCode.obstacle(loader, codes);
  }

  /** The functions that pack operands. */
  PackingFunctions packing() {
    return packing;
  }

  /** The functions of few rows. */
  FewRowsFunctions few() {
    return few;
  }

  /** Whether there are products of a kind. */
  boolean serves(OperandKind kind) {
    return tiles.containsKey(kind);
  }

  /** The function of tiles of so many rows; takes a {@link ProductFrame}'s address. */
  MethodHandle tile(OperandKind kind, int rows) {
    CodeTable functions = tiles.get(kind);
    if (functions == null) {
      throw new IllegalStateException("no products of " + kind);
    }
    return functions.get(rows);
  }

  /** Runs the code of a tile. */
  static void multiply(MethodHandle tile, ProductFrame frame) {
    try {
      tile.invokeExact(frame.address());
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /**
   * E4M3 codes to BF16 pairs: of each of {@code count} vectors of 64 codes, strides apart, two
   * vectors of pairs.
   */
  void toPairs(long from, long fromStride, long to, long toStride, long count) {
    Later<MethodHandle> function = toPairs;
    if (function == null) {
      throw new IllegalStateException("no products of " + OperandKind.TILED);
    }
    try {
      function.get().invokeExact(from, fromStride, to, toStride, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
