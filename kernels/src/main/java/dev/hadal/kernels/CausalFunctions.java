package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Signature;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The functions of generated attention for one layout. All take addresses: whoever calls answers
 * for what lies there, and keeps it reachable. A call is a matter of microseconds, because none
 * does more than a pair of blocks.
 */
final class CausalFunctions {
  private final CausalLayout layout;
  private final CodeLoader loader;
  private final MethodHandle forward;
  private final MethodHandle forwardDiagonal;
  private final MethodHandle backward;
  private final MethodHandle backwardDiagonal;
  private final MethodHandle queryRows;
  private final MethodHandle nopeRows;
  private final MethodHandle ropeRows;
  private final MethodHandle valueRows;
  private final MethodHandle keyAcross;
  private final MethodHandle valueAcross;
  private final MethodHandle keyPairs;
  private final MethodHandle valuePairs;
  private final MethodHandle scaledRows;
  private final MethodHandle valueDots;
  private final MethodHandle keyCopies;
  private final MethodHandle nopeCopies;
  private final MethodHandle ropeCopies;
  private final MethodHandle valueCopies;

  CausalFunctions(CausalLayout layout, CodeLoader loader) {
    this.layout = layout;
    this.loader = loader;
    forward = load(new CausalForwardCode(layout, false).assemble(), CausalForwardCode.SIGNATURE);
    forwardDiagonal =
        load(new CausalForwardCode(layout, true).assemble(), CausalForwardCode.SIGNATURE);
    backward = load(new CausalBackwardCode(layout, false).assemble(), CausalBackwardCode.SIGNATURE);
    backwardDiagonal =
        load(new CausalBackwardCode(layout, true).assemble(), CausalBackwardCode.SIGNATURE);
    int key = layout.key();
    int nope = layout.nope();
    int rope = layout.rope();
    int value = layout.value();
    queryRows = rows(key, CausalLayout.padded(key));
    nopeRows = rows(nope, rope > 0 ? nope : CausalLayout.padded(key));
    ropeRows = rows(rope, CausalLayout.padded(key) - nope);
    valueRows = rows(value, CausalLayout.padded(value));
    keyAcross = across(key);
    valueAcross = across(value);
    keyPairs = pairs(key);
    valuePairs = pairs(value);
    scaledRows = load(new ScaledRowsCode(value).assemble(), ScaledRowsCode.SIGNATURE);
    valueDots = load(new RowDotsCode(value).assemble(), RowDotsCode.SIGNATURE);
    keyCopies = copies(key);
    nopeCopies = copies(nope);
    ropeCopies = copies(rope);
    valueCopies = copies(value);
  }

  /** Why attention with such operands cannot be generated; empty if it can. */
  static Optional<String> obstacle(OperandKind kind, CodeLoader loader) {
    CausalLayout layout = new CausalLayout(kind, 1, 1, 1);
    return GeneratedCode.obstacle(
        loader,
        new CausalForwardCode(layout, true).assemble(),
        new CausalBackwardCode(layout, true).assemble(),
        new OperandRowsCode(kind, 1, 1).assemble(),
        PartSumsCode.assemble());
  }

  CausalLayout layout() {
    return layout;
  }

  private MethodHandle load(MachineCode code, Signature signature) {
    return loader.load(code, signature, Arena.global());
  }

  private MethodHandle rows(int width, int padded) {
    MachineCode code = new OperandRowsCode(layout.kind(), width, padded).assemble();
    return load(code, OperandRowsCode.SIGNATURE);
  }

  private MethodHandle copies(int width) {
    MachineCode code = new OperandRowsCode(OperandKind.DENSE, width, width).assemble();
    return load(code, OperandRowsCode.SIGNATURE);
  }

  private MethodHandle across(int width) {
    MachineCode code = new AcrossCode(layout.row(width), layout.words(width)).assemble();
    return load(code, AcrossCode.SIGNATURE);
  }

  private MethodHandle pairs(int width) {
    MachineCode code = new RowPairsCode(CausalLayout.padded(width)).assemble();
    return load(code, RowPairsCode.SIGNATURE);
  }

  /** A pair of blocks forward. */
  void forward(CausalFrame frame, boolean diagonal) {
    call(diagonal ? forwardDiagonal : forward, frame.address());
  }

  /** A pair of blocks backward. */
  void backward(CausalFrame frame, boolean diagonal) {
    call(diagonal ? backwardDiagonal : backward, frame.address());
  }

  /** Rows of queries as operands. */
  void queryRows(long from, long stride, long to, int rows) {
    call(queryRows, from, stride, to, layout.row(layout.key()), rows);
  }

  /** Rows of keys as operands, made of a head's own part and the part that all heads share. */
  void keyRows(long own, long ownStride, long shared, long sharedStride, long to, int rows) {
    int row = layout.row(layout.key());
    call(nopeRows, own, ownStride, to, row, rows);
    if (layout.rope() > 0) {
      long behind = to + (long) layout.nope() * layout.kind().bytes();
      call(ropeRows, shared, sharedStride, behind, row, rows);
    }
  }

  /** Rows of values or output gradients as operands. */
  void valueRows(long from, long stride, long to, int rows) {
    call(valueRows, from, stride, to, layout.row(layout.value()), rows);
  }

  /** A block of keys across. */
  void keyAcross(long rows, long to) {
    call(keyAcross, rows, to);
  }

  /** A block of values across. */
  void valueAcross(long rows, long to) {
    call(valueAcross, rows, to);
  }

  /** A block of queries or keys as pairs. */
  void keyPairs(long rows, long to) {
    call(keyPairs, rows, to);
  }

  /** A block of values or output gradients as pairs. */
  void valuePairs(long rows, long to) {
    call(valuePairs, rows, to);
  }

  /** Sums of values times a factor for each row. */
  void scaledRows(long from, long factors, long to, long stride, int rows) {
    call(scaledRows, from, factors, to, stride, rows);
  }

  /** Dot products of rows of values. */
  void valueDots(long x, long y, long stride, long to, int rows) {
    call(valueDots, x, y, stride, to, rows);
  }

  /** Sums of queries' gradients to a tensor. */
  void writeQueries(long from, long to, long stride, int rows) {
    call(keyCopies, from, layout.line(layout.key()), to, stride, rows);
  }

  /** Sums of keys' gradients to a tensor, and each row's last part to another. */
  void writeKeys(long from, long to, long stride, long shared, long sharedStride, int rows) {
    int line = layout.line(layout.key());
    call(nopeCopies, from, line, to, stride, rows);
    if (layout.rope() > 0) {
      long behind = from + (long) layout.nope() * Float.BYTES;
      call(ropeCopies, behind, line, shared, sharedStride, rows);
    }
  }

  /** Sums of values' gradients to a tensor. */
  void writeValues(long from, long to, long stride, int rows) {
    call(valueCopies, from, layout.line(layout.value()), to, stride, rows);
  }

  private static void call(MethodHandle function, long frame) {
    try {
      function.invokeExact(frame);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  private static void call(MethodHandle function, long from, long to) {
    try {
      function.invokeExact(from, to);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  static void call(MethodHandle function, long a, long b, long c, long d, long e) {
    try {
      function.invokeExact(a, b, c, d, e);
    } catch (Throwable thrown) {
      throw GeneratedCode.unexpected(thrown);
    }
  }
}
