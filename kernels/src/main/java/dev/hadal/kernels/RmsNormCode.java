package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.xmm;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.R8;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.Register64.RBX;
import static dev.hadal.assembler.Scale.BY_1;
import static dev.hadal.kernels.LaneLoop.LANES;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Signature.Kind;
import dev.hadal.assembler.Xmm;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LaneLoop.Pointer;
import java.util.Arrays;
import java.util.List;

/**
 * {@link RmsNorm} as machine code, a row in a call: a pass for the sum, whose 16 lanes are those of
 * one register, and a pass for the result while the row lies in the innermost cache.
 */
final class RmsNormCode {
  /** Takes x, w, y, the number of columns, eps, the columns again; gives r. */
  static final Signature FORWARD =
      Signature.of(Kind.FLOAT, Kind.LONG, Kind.LONG, Kind.LONG, Kind.LONG, Kind.FLOAT, Kind.FLOAT);

  /** Takes x, w, dy, dx, the number of columns, r, the columns again. */
  static final Signature BACKWARD_INPUT =
      Signature.ofVoid(
          Kind.LONG, Kind.LONG, Kind.LONG, Kind.LONG, Kind.LONG, Kind.FLOAT, Kind.FLOAT);

  private static final int UNROLLED = 4;
  private static final Zmm SUM = zmm(16);
  private static final Zmm FACTOR = zmm(17);
  private static final Zmm CORRECTION = zmm(18);

  private RmsNormCode() {}

  /** {@link RmsNorm#forward} of a row. */
  static MachineCode forward() {
    Register64 x = FORWARD.general(0);
    Register64 w = FORWARD.general(1);
    Register64 y = FORWARD.general(2);
    Register64 columns = FORWARD.general(3);
    Xmm eps = FORWARD.vector(4);
    Xmm width = FORWARD.vector(5);
    Xmm r = xmm(2);
    Assembler a = new Assembler();
    a.mov(R8, x);
    a.mov(R9, columns);
    a.vpxord(SUM, SUM, SUM);
    loop(R9, R8)
        .emit(
            a,
            lanes -> {
              Zmm value = zmm(4 + lanes.index());
              a.vmovups(lanes.fill(value), at(R8, lanes));
              a.vfmadd231ps(lanes.keep(SUM), value, value);
            });
    LaneSum.floats(a, SUM, zmm(4));
    a.vmovups(zmm(2), SUM);
    a.vdivps(r, r, width);
    a.vaddps(r, r, eps);
    a.vsqrtps(r, r);
    a.mov(EAX, Float.floatToRawIntBits(1));
    a.vmovd(xmm(0), EAX);
    a.vdivps(xmm(0), xmm(0), r);
    a.vbroadcastss(FACTOR, xmm(0));
    loop(columns, x, w, y)
        .emit(
            a,
            lanes -> {
              Zmm value = zmm(4 + lanes.index());
              a.vmulps(lanes.fill(value), FACTOR, at(x, lanes));
              a.vmulps(lanes.fill(value), value, at(w, lanes));
              a.vmovups(lanes.in(at(y, lanes)), value);
            });
    return end(a);
  }

  /**
   * {@link RmsNorm#backwardInput} of a row.
   *
   * @param add whether the result is added to what dx holds
   */
  static MachineCode backwardInput(boolean add) {
    Register64 x = BACKWARD_INPUT.general(0);
    Register64 w = BACKWARD_INPUT.general(1);
    Register64 dy = BACKWARD_INPUT.general(2);
    Register64 dx = BACKWARD_INPUT.general(3);
    Register64 columns = BACKWARD_INPUT.general(4);
    Xmm r = BACKWARD_INPUT.vector(5);
    Xmm width = BACKWARD_INPUT.vector(6);
    Xmm c = xmm(2);
    Assembler a = new Assembler();
    a.push(RBX);
    a.mov(R9, x);
    a.mov(R10, w);
    a.mov(R11, dy);
    a.mov(RBX, columns);
    a.vpxord(SUM, SUM, SUM);
    loop(RBX, R9, R10, R11)
        .emit(
            a,
            lanes -> {
              Zmm g = zmm(4 + lanes.index());
              a.vmovups(lanes.fill(g), at(R11, lanes));
              a.vmulps(lanes.fill(g), g, at(R10, lanes));
              a.vfmadd231ps(lanes.keep(SUM), g, at(R9, lanes));
            });
    LaneSum.floats(a, SUM, zmm(4));
    a.vmovups(zmm(2), SUM);
    a.vmulps(c, c, r);
    a.vmulps(c, c, r);
    a.vdivps(c, c, width);
    a.vbroadcastss(CORRECTION, c);
    a.vbroadcastss(FACTOR, r);
    loop(columns, x, w, dy, dx)
        .emit(
            a,
            lanes -> {
              Zmm value = zmm(4 + lanes.index());
              a.vmovups(lanes.fill(value), at(dy, lanes));
              a.vmulps(lanes.fill(value), value, at(w, lanes));
              a.vfnmadd231ps(lanes.keep(value), CORRECTION, at(x, lanes));
              a.vmulps(value, value, FACTOR);
              if (add) {
                a.vaddps(lanes.fill(value), value, at(dx, lanes));
              }
              a.vmovups(lanes.in(at(dx, lanes)), value);
            });
    a.pop(RBX);
    return end(a);
  }

  /** Takes x, dy, dw, the number of columns, the bytes from row to row, each row's r. */
  static Signature backwardWeightSignature(int rows) {
    Kind[] kinds = new Kind[5 + rows];
    Arrays.fill(kinds, 0, 5, Kind.LONG);
    Arrays.fill(kinds, 5, 5 + rows, Kind.FLOAT);
    return Signature.ofVoid(kinds);
  }

  /**
   * Adds some rows' share of {@link RmsNorm#backwardWeight}.
   *
   * @param rows up to 8
   */
  static MachineCode backwardWeight(int rows) {
    Signature signature = backwardWeightSignature(rows);
    Register64 x = signature.general(0);
    Register64 dy = signature.general(1);
    Register64 dw = signature.general(2);
    Register64 columns = signature.general(3);
    Register64 stride = signature.general(4);
    Register64 rowOfX = R9;
    Register64 rowOfGradient = R10;
    Zmm[] factors = new Zmm[rows];
    Assembler a = new Assembler();
    for (int row = 0; row < rows; row++) {
      factors[row] = zmm(16 + row);
      a.vbroadcastss(factors[row], signature.vector(5 + row));
    }
    new LaneLoop(columns, 1, pointers(x, dy, dw))
        .emit(
            a,
            lanes -> {
              Zmm sum = zmm(0);
              a.vmovups(lanes.fill(sum), at(dw, lanes));
              for (int row = 0; row < rows; row++) {
                Zmm normal = zmm(1 + row);
                Register64 rowX = row == 0 ? x : rowOfX;
                Register64 rowGradient = row == 0 ? dy : rowOfGradient;
                a.vmulps(lanes.fill(normal), factors[row], at(rowX, lanes));
                a.vfmadd231ps(lanes.keep(sum), normal, at(rowGradient, lanes));
                if (row + 1 < rows) {
                  a.lea(rowOfX, mem(rowX, stride, BY_1));
                  a.lea(rowOfGradient, mem(rowGradient, stride, BY_1));
                }
              }
              a.vmovups(lanes.in(at(dw, lanes)), sum);
            });
    return end(a);
  }

  private static LaneLoop loop(Register64 count, Register64... rows) {
    return new LaneLoop(count, UNROLLED, pointers(rows));
  }

  private static List<Pointer> pointers(Register64... rows) {
    return Arrays.stream(rows).map(row -> new Pointer(row, Float.BYTES)).toList();
  }

  private static Address at(Register64 row, Lanes lanes) {
    return mem(row, Float.BYTES * LANES * lanes.index());
  }

  private static MachineCode end(Assembler a) {
    a.vzeroupper();
    a.ret();
    return a.finish();
  }
}
