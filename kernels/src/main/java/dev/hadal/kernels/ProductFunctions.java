package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.CpuFeature;
import dev.hadal.assembler.MachineCode;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The functions of {@link ProductCode} and {@link PairCode}, made at start. */
final class ProductFunctions {
  private final Map<OperandKind, MethodHandle[]> tiles = new EnumMap<>(OperandKind.class);
  private final PackingFunctions packing;
  private final FewRowsFunctions few;
  private final @Nullable MethodHandle toPairs;

  /**
   * Makes all functions of some kinds.
   *
   * @throws dev.hadal.assembler.AssemblerException if {@link #obstacle} tells one
   */
  ProductFunctions(CodeLoader loader, Arena arena, Set<OperandKind> kinds) {
    for (OperandKind kind : kinds) {
      MethodHandle[] handles = new MethodHandle[ProductCode.TALLEST + 1];
      for (int rows = 1; rows <= ProductCode.TALLEST; rows++) {
        MachineCode code = new ProductCode(kind, rows).assemble();
        handles[rows] = loader.load(code, ProductCode.SIGNATURE, arena);
      }
      tiles.put(kind, handles);
    }
    packing = new PackingFunctions(loader, arena, kinds);
    few = new FewRowsFunctions(loader, arena, kinds);
    toPairs =
        kinds.contains(OperandKind.TILED)
            ? loader.load(PairCode.assemble(), PairCode.SIGNATURE, arena)
            : null;
  }

  /** Why products of a kind cannot be made; empty if they can. */
  static Optional<String> obstacle(OperandKind kind, CodeLoader loader) {
    Set<CpuFeature> needed = EnumSet.noneOf(CpuFeature.class);
    needed.addAll(new ProductCode(kind, 1).assemble().required());
    if (kind == OperandKind.TILED) {
      needed.addAll(PairCode.assemble().required());
    }
    needed.addAll(FewRowsFunctions.required(kind));
    needed.addAll(PackingFunctions.required(kind));
    return loader.obstacle(needed);
  }

  /** The functions that pack operands. */
  PackingFunctions packing() {
    return packing;
  }

  /** The functions of few rows. */
  FewRowsFunctions few() {
    return few;
  }

  /** Whether products of a kind were made. */
  boolean serves(OperandKind kind) {
    return tiles.containsKey(kind);
  }

  /** The function of tiles of so many rows; takes a {@link ProductFrame}'s address. */
  MethodHandle tile(OperandKind kind, int rows) {
    MethodHandle[] handles = tiles.get(kind);
    if (handles == null) {
      throw new IllegalStateException("no products of " + kind);
    }
    return handles[rows];
  }

  /** Runs the code of a tile. */
  static void multiply(MethodHandle tile, ProductFrame frame) {
    try {
      tile.invokeExact(frame.address());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * E4M3 codes to BF16 pairs: of each of {@code count} vectors of 64 codes, strides apart, two
   * vectors of pairs.
   */
  void toPairs(long from, long fromStride, long to, long toStride, long count) {
    MethodHandle function = toPairs;
    if (function == null) {
      throw new IllegalStateException("no products of " + OperandKind.TILED);
    }
    try {
      function.invokeExact(from, fromStride, to, toStride, count);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static IllegalStateException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("generated code cannot be called", e);
  }
}
