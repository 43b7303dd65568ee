package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * A left operand of few rows as {@link FewRowsCode} reads it: where it lies if that will do, else a
 * copy, of codes their BF16 numbers.
 *
 * @param matrix the operand, not transposed
 * @param kind its kind
 * @param at offset of its copy in scratch memory
 */
record FewRowsOperand(Matrix matrix, OperandKind kind, long at) {
  private static final long LINE = 64;

  private Words elements() {
    return Words.of(matrix);
  }

  /** Whether it is read where it lies. */
  private boolean inPlace() {
    boolean wholeSteps = kind == OperandKind.DENSE || matrix.columns() % 2 == 0;
    return kind != OperandKind.TILED && wholeSteps && elements().data().isNative();
  }

  /** Bytes from one row to the next in a copy, whole cache lines. */
  private long copiedRow() {
    long bytes = kind == OperandKind.DENSE ? 4 : 2;
    long codes = DecodedRowCode.CODES;
    return (matrix.columns() + codes - 1) / codes * codes * bytes;
  }

  /** Groups of scales. */
  private int groups() {
    return kind == OperandKind.TILED ? Matrix.Tiled.groups(matrix.columns()) : 0;
  }

  /** Offset of the scales. */
  private long scalesAt() {
    return at + (inPlace() ? 0 : matrix.rows() * copiedRow());
  }

  /** Where the next copy can lie. */
  long end() {
    return scalesAt() + (4L * FewRowsCode.MOST * groups() + LINE - 1) / LINE * LINE;
  }

  /** Makes the copy. */
  void prepare(MemorySegment scratch, FewRowsFunctions functions) {
    if (inPlace()) {
      return;
    }
    Words from = elements();
    long bytes = (long) matrix.columns() * from.bytes();
    for (int row = 0; row < matrix.rows(); row++) {
      long to = at + row * copiedRow();
      MemorySegment source = from.data().asSlice(from.start() + row * from.rowBytes(), bytes);
      if (kind != OperandKind.TILED) {
        MemorySegment.copy(source, 0, scratch, to, bytes);
        scratch.asSlice(to + bytes, copiedRow() - bytes).fill((byte) 0);
      } else {
        decode(source, scratch, to, functions);
      }
    }
    if (matrix instanceof Matrix.Tiled tiled) {
      scales(tiled, scratch);
    }
  }

  private void decode(
      MemorySegment codes, MemorySegment scratch, long to, FewRowsFunctions functions) {
    MemorySegment from = codes;
    if (!codes.isNative()) {
      // The upper half of where the numbers go: each code is read before its place is written.
      from = scratch.asSlice(to + copiedRow() - codes.byteSize(), codes.byteSize());
      from.copyFrom(codes);
    }
    functions.decode(from.address(), scratch.address() + to, codes.byteSize());
  }

  private void scales(Matrix.Tiled tiled, MemorySegment scratch) {
    for (int group = 0; group < groups(); group++) {
      long to = scalesAt() + 4L * FewRowsCode.MOST * group;
      for (int row = 0; row < tiled.rows(); row++) {
        float scale = ReferenceQuantizer.scale(tiled, row, group * Matrix.Tiled.GROUP);
        scratch.set(Tensor.FLOAT, to + 4L * row, scale);
      }
    }
  }

  /** Address of the first row. */
  long address(MemorySegment scratch) {
    if (!inPlace()) {
      return scratch.address() + at;
    }
    Words rows = elements();
    long bytes = (matrix.rows() - 1) * rows.rowBytes() + (long) matrix.columns() * rows.bytes();
    return rows.data().asSlice(rows.start(), bytes).address();
  }

  /** Bytes from one row to the next. */
  long rowBytes() {
    return inPlace() ? elements().rowBytes() : copiedRow();
  }

  /** Address of the scales. */
  long scales(MemorySegment scratch) {
    return scratch.address() + scalesAt();
  }
}
