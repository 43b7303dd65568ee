package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.MachineCode;
import dev.hadal.kernels.InterleaveFrame.Field;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The functions of {@link TransposeCode} and {@link InterleaveCode}. */
final class PackingFunctions {
  /** Bytes that a call reads at most, but for one word of each row: well below a millisecond. */
  private static final long CALL = 1 << 20;

  private final Later<MethodHandle> transpose;
  private final @Nullable Later<MethodHandle> transposePairs;
  private final Map<OperandKind, Later<MethodHandle>> panels = new EnumMap<>(OperandKind.class);
  private final Map<OperandKind, Later<MethodHandle>> tiles = new EnumMap<>(OperandKind.class);

  PackingFunctions(CodeLoader loader, Set<OperandKind> kinds) {
    transpose = load(loader, new TransposeCode(false));
    transposePairs =
        kinds.contains(OperandKind.TILED) ? load(loader, new TransposeCode(true)) : null;
    for (OperandKind kind : kinds) {
      panels.put(kind, load(loader, new InterleaveCode(kind, false)));
      tiles.put(kind, load(loader, new InterleaveCode(kind, true)));
    }
  }

  private static Later<MethodHandle> load(CodeLoader loader, TransposeCode code) {
    return GeneratedCode.function(loader, TransposeCode.SIGNATURE, code::assemble);
  }

  private static Later<MethodHandle> load(CodeLoader loader, InterleaveCode code) {
    return GeneratedCode.function(loader, InterleaveCode.SIGNATURE, code::assemble);
  }

  /** The codes that a processor must run for a kind. */
  static List<MachineCode> codes(OperandKind kind) {
    return List.of(
        new TransposeCode(kind == OperandKind.TILED).assemble(),
        new InterleaveCode(kind, true).assemble());
  }

  /**
   * Rows become columns of words; see {@link TransposeCode}.
   *
   * @param pairs whether the words are codes that become BF16 pairs
   * @param from address of the first row
   * @param rows at most {@value TransposeCode#ROWS}; if 0 the address must be of a row all the same
   * @param bytes of a row, above 0
   */
  void transpose(
      boolean pairs, long from, long rowBytes, int rows, long bytes, long to, long stride) {
    MethodHandle function = (pairs ? require(transposePairs) : transpose).get();
    long call = CALL / TransposeCode.ROWS;
    long target = to;
    for (long at = 0; at < bytes; at += call) {
      long length = Math.min(call, bytes - at);
      try {
        function.invokeExact(from + at, rowBytes, (long) rows, length, target, stride);
      } catch (Throwable e) {
        throw GeneratedCode.unexpected(e);
      }
      target += length / 4 * stride * (pairs ? 2 : 1);
    }
  }

  private static Later<MethodHandle> require(@Nullable Later<MethodHandle> function) {
    if (function == null) {
      throw new IllegalStateException("no packing of these operands");
    }
    return function;
  }

  /**
   * Columns of contracted rows to panels, or to tiles of a left operand; see {@link
   * InterleaveCode}. The frame holds all but the number of rows.
   */
  void interleave(
      OperandKind kind,
      boolean left,
      long from,
      long rowBytes,
      int rows,
      long to,
      long wordBytes,
      int tiles,
      InterleaveFrame frame) {
    MethodHandle function = require((left ? this.tiles : panels).get(kind)).get();
    int elements = kind.elements();
    int columns = left ? TransposeCode.ROWS : ProductCode.COLUMNS;
    int call = (int) Math.max(1, CALL / ((long) tiles * columns * 4));
    frame.set(Field.FROM_ROW, rowBytes).set(Field.TO_WORD, wordBytes).set(Field.TILES, tiles);
    for (int row = 0; row < rows; row += call * elements) {
      int count = Math.min(call * elements, rows - row);
      frame
          .set(Field.FROM, from + row * rowBytes)
          .set(Field.TO, to + row / elements * wordBytes)
          .set(Field.WORDS, count / elements)
          .set(Field.REST_ROWS, count % elements);
      try {
        function.invokeExact(frame.address());
      } catch (Throwable e) {
        throw GeneratedCode.unexpected(e);
      }
    }
  }
}
