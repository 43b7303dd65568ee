package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.kernels.LaneLoop.LANES;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Signature.Kind;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LaneLoop.Pointer;
import java.util.List;

/** The small kernels that go along one or two rows of floats, as machine code. */
final class RowCode {
  /** Takes a, b, out, the number of elements. */
  static final Signature ADD = Signature.ofLongs(4);

  /** Takes x, out, the number of elements, the factor. */
  static final Signature SCALE = Signature.ofVoid(Kind.LONG, Kind.LONG, Kind.LONG, Kind.FLOAT);

  /** Takes x, out, the number of elements. */
  static final Signature ROUND = Signature.ofLongs(3);

  /** Takes a, b, the number of elements; gives the product. */
  static final Signature DOT = Signature.of(Kind.FLOAT, Kind.LONG, Kind.LONG, Kind.LONG);

  /** Takes x, the average, the number of elements, the decay, 1 - decay. */
  static final Signature AVERAGE =
      Signature.ofVoid(Kind.LONG, Kind.LONG, Kind.LONG, Kind.FLOAT, Kind.FLOAT);

  private static final int UNROLLED = 4;

  private RowCode() {}

  /** out = a + b; out may be a or b. */
  static MachineCode add() {
    Register64 left = ADD.general(0);
    Register64 right = ADD.general(1);
    Register64 out = ADD.general(2);
    Assembler a = new Assembler();
    loop(ADD.general(3), left, right, out)
        .emit(
            a,
            lanes -> {
              Zmm sum = zmm(lanes.index());
              a.vmovups(lanes.fill(sum), at(left, lanes));
              a.vaddps(lanes.fill(sum), sum, at(right, lanes));
              a.vmovups(lanes.in(at(out, lanes)), sum);
            });
    return end(a);
  }

  /** out = factor * x; out may be x. */
  static MachineCode scale() {
    Register64 from = SCALE.general(0);
    Register64 out = SCALE.general(1);
    Zmm factor = zmm(16);
    Assembler a = new Assembler();
    a.vbroadcastss(factor, SCALE.vector(3));
    loop(SCALE.general(2), from, out)
        .emit(
            a,
            lanes -> {
              Zmm product = zmm(lanes.index());
              a.vmulps(lanes.fill(product), factor, at(from, lanes));
              a.vmovups(lanes.in(at(out, lanes)), product);
            });
    return end(a);
  }

  /** out = x rounded to BF16; out may be x. */
  static MachineCode round() {
    Register64 from = ROUND.general(0);
    Register64 out = ROUND.general(1);
    Assembler a = new Assembler();
    BFloat16Rounding.LAST_REGISTERS.constants(a);
    loop(ROUND.general(2), from, out)
        .emit(
            a,
            lanes -> {
              Zmm value = zmm(2 * lanes.index());
              Zmm rounded = zmm(2 * lanes.index() + 1);
              a.vmovups(lanes.fill(value), at(from, lanes));
              BFloat16Rounding.LAST_REGISTERS.round(a, rounded, value);
              a.vmovups(lanes.in(at(out, lanes)), rounded);
            });
    return end(a);
  }

  /** The sum of a[i] * b[i] by fma in the 16-lane layout. */
  static MachineCode dot() {
    Register64 left = DOT.general(0);
    Register64 right = DOT.general(1);
    Zmm sum = zmm(16);
    Assembler a = new Assembler();
    a.vpxord(sum, sum, sum);
    loop(DOT.general(2), left, right)
        .emit(
            a,
            lanes -> {
              Zmm value = zmm(lanes.index());
              a.vmovups(lanes.fill(value), at(left, lanes));
              a.vfmadd231ps(lanes.keep(sum), value, at(right, lanes));
            });
    LaneSum.floats(a, sum, zmm(0));
    a.vmovups(zmm(0), sum);
    return end(a);
  }

  /** average = fma(decay, average, (1 - decay) * x). */
  static MachineCode average() {
    Register64 from = AVERAGE.general(0);
    Register64 average = AVERAGE.general(1);
    Zmm old = zmm(16);
    Zmm fresh = zmm(17);
    Assembler a = new Assembler();
    a.vbroadcastss(old, AVERAGE.vector(3));
    a.vbroadcastss(fresh, AVERAGE.vector(4));
    loop(AVERAGE.general(2), from, average)
        .emit(
            a,
            lanes -> {
              Zmm part = zmm(2 * lanes.index());
              Zmm value = zmm(2 * lanes.index() + 1);
              a.vmulps(lanes.fill(part), fresh, at(from, lanes));
              a.vmovups(lanes.fill(value), at(average, lanes));
              a.vfmadd213ps(value, old, part);
              a.vmovups(lanes.in(at(average, lanes)), value);
            });
    return end(a);
  }

  private static LaneLoop loop(Register64 count, Register64... rows) {
    List<Pointer> pointers =
        java.util.Arrays.stream(rows).map(row -> new Pointer(row, Float.BYTES)).toList();
    return new LaneLoop(count, UNROLLED, pointers);
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
