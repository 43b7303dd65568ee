package dev.hadal.model;

import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.Tensor;

/**
 * Adds up what a workspace would give out, without memory: tensors padded to whole cache lines, a
 * stack that goes back to marks, and the most that was in use. Its methods are those of {@link
 * Operands} and of the products' packing, with shapes in the place of tensors.
 *
 * <p>Right operands are counted as the kernels with vectors of 512 bits pack them: outputs in
 * panels of {@value #PANEL}, words of four bytes along the contraction, and for FP8 a scale for
 * each output and group of 128. Narrower vectors pack no more, the reference packs nothing.
 */
final class WorkspaceTally {
  private static final long FP32 = Float.BYTES;
  private static final long PANEL = 32;
  private static final long GROUP = Matrix.Tiled.GROUP;

  private long used;
  private long peak;

  /** Rows of a matrix that is cut by rows into parts, all of which are in memory at once. */
  interface Parts {
    /** All rows. */
    long rows();

    /** The number of parts. */
    long parts();

    /** The sum over the parts of the number of runs of so many rows that cover a part. */
    long runs(long length);
  }

  /** Uncut rows. */
  private record Whole(long rows) implements Parts {
    @Override
    public long parts() {
      return 1;
    }

    @Override
    public long runs(long length) {
      return Math.ceilDiv(rows, length);
    }
  }

  long mark() {
    return used;
  }

  void release(long mark) {
    used = mark;
  }

  /** The most bytes that were in use at once. */
  long peak() {
    return peak;
  }

  /** A tensor of so many bytes. */
  void take(long bytes) {
    used += Math.ceilDiv(bytes, Tensor.ALIGNMENT) * Tensor.ALIGNMENT;
    peak = Math.max(peak, used);
  }

  /** FP32 elements. */
  void floats(long elements) {
    take(FP32 * elements);
  }

  /**
   * A tensor for each part, of so many bytes a row. What padding adds to a part is at most a line
   * less the largest power of two, up to a line, that divides every size.
   */
  private void take(Parts parts, long rows, long rowBytes) {
    long line = Tensor.ALIGNMENT;
    long step = Math.min(Long.lowestOneBit(rowBytes), line);
    long padding = parts.parts() == 1 ? line - 1 : parts.parts() * (line - step);
    take((rows * rowBytes + padding) / line * line);
  }

  /** See {@link Operands#rows}: nothing where the tensor itself is the operand. */
  void rows(LinearKind kind, long rows, long width) {
    rows(kind, new Whole(rows), width);
  }

  private void rows(LinearKind kind, Parts parts, long width) {
    switch (kind) {
      case DENSE -> {}
      case BFLOAT -> take(parts, parts.rows(), Short.BYTES * width);
      case TILED -> tiles(parts.rows(), width);
    }
  }

  private void tiles(long rows, long width) {
    take(rows * width);
    floats(rows * groups(width));
  }

  /** See {@link Operands#columns}, of a tensor without another operand. */
  void columns(LinearKind kind, Parts parts, long width) {
    if (kind == LinearKind.TILED) {
      take(parts, parts.rows(), width);
      take(parts, parts.runs(GROUP), FP32 * width);
    } else {
      rows(kind, parts, width);
    }
  }

  void columns(LinearKind kind, long rows, long width) {
    columns(kind, new Whole(rows), width);
  }

  /** See {@link Operands#columns}, of a gradient whose Dgrad operand exists. */
  void gradientColumns(LinearKind kind, Parts parts, long width) {
    if (kind == LinearKind.TILED) {
      columns(kind, parts, width);
    }
  }

  void gradientColumns(LinearKind kind, long rows, long width) {
    gradientColumns(kind, new Whole(rows), width);
  }

  /** See {@link Operands#regroup}; the generated quantizer needs no FP32 values meanwhile. */
  void regroup(LinearKind kind, Parts parts, long width) {
    if (kind == LinearKind.TILED) {
      columns(kind, parts, width);
    }
  }

  void regroup(LinearKind kind, long rows, long width) {
    regroup(kind, new Whole(rows), width);
  }

  /** See {@link Operands#restore}. */
  void restore(LinearKind kind, long rows, long width) {
    if (kind != LinearKind.DENSE) {
      floats(rows * width);
    }
  }

  /** See {@link Operands#gather}. */
  void gather(LinearKind kind, long rows, long width) {
    switch (kind) {
      case DENSE -> floats(rows * width);
      case BFLOAT -> take(Short.BYTES * rows * width);
      case TILED -> tiles(rows, width);
    }
  }

  /** A weight's operand before packing; see {@link Linear#prepare}. */
  void weight(LinearKind kind, long out, long in) {
    switch (kind) {
      case DENSE -> {}
      case BFLOAT -> take(Short.BYTES * out * in);
      case TILED -> {
        take(out * in);
        floats(groups(out) * groups(in));
        long mark = mark();
        floats(out * in);
        release(mark);
      }
    }
  }

  /** Right operands, one a part, whose contraction is the part's rows. */
  void packed(LinearKind kind, long outputs, Parts depth) {
    long row = FP32 * PANEL * Math.ceilDiv(outputs, PANEL);
    switch (kind) {
      case DENSE -> take(row * depth.rows());
      case BFLOAT -> take(row * depth.runs(2));
      case TILED -> take(row * (depth.runs(4) + depth.runs(GROUP)));
    }
  }

  void packed(LinearKind kind, long outputs, long depth) {
    packed(kind, outputs, new Whole(depth));
  }

  private static long groups(long length) {
    return Math.ceilDiv(length, GROUP);
  }
}
