package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.kernels.LaneLoop.LANES;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.WriteMask;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LaneLoop.Pointer;
import java.util.Arrays;
import java.util.List;

/** {@link SwiGlu} as machine code, in one pass over the elements. */
final class SwiGluCode {
  /** Takes gate, up, h, the number of elements. */
  static final Signature FORWARD = Signature.ofLongs(4);

  /** Takes gate, up, dh, dgate, dup, the number of elements. */
  static final Signature BACKWARD = Signature.ofLongs(6);

  private static final int UNROLLED = 2;
  private static final Zmm GATE = zmm(0);
  private static final Zmm SIGMOID = zmm(1);
  private static final Zmm SLOPE = zmm(2);
  private static final Zmm GRADIENT = zmm(3);
  private static final Zmm UP = zmm(4);
  private static final ExpCode.Scratch SCRATCH =
      new ExpCode.Scratch(zmm(5), zmm(6), zmm(7), WriteMask.K2);

  private SwiGluCode() {}

  /** {@link SwiGlu#forward}. */
  static MachineCode forward() {
    Register64 gate = FORWARD.general(0);
    Register64 up = FORWARD.general(1);
    Register64 h = FORWARD.general(2);
    Assembler a = new Assembler();
    ExpCode exp = exp(a);
    loop(FORWARD.general(3), gate, up, h)
        .emit(
            a,
            lanes -> {
              a.vmovups(lanes.fill(GATE), at(gate, lanes));
              exp.sigmoid(SIGMOID, GATE, SCRATCH);
              a.vmulps(SIGMOID, GATE, SIGMOID);
              a.vmulps(lanes.fill(SIGMOID), SIGMOID, at(up, lanes));
              a.vmovups(lanes.in(at(h, lanes)), SIGMOID);
            });
    return end(a, exp);
  }

  /** {@link SwiGlu#backward}. */
  static MachineCode backward() {
    Register64 gate = BACKWARD.general(0);
    Register64 up = BACKWARD.general(1);
    Register64 dh = BACKWARD.general(2);
    Register64 dgate = BACKWARD.general(3);
    Register64 dup = BACKWARD.general(4);
    Assembler a = new Assembler();
    ExpCode exp = exp(a);
    loop(BACKWARD.general(5), gate, up, dh, dgate, dup)
        .emit(
            a,
            lanes -> {
              a.vmovups(lanes.fill(GATE), at(gate, lanes));
              a.vmovups(lanes.fill(GRADIENT), at(dh, lanes));
              a.vmulps(lanes.fill(UP), GRADIENT, at(up, lanes));
              exp.sigmoid(SIGMOID, GATE, SCRATCH);
              Zmm one = exp.one(SCRATCH.first());
              a.vsubps(SLOPE, one, SIGMOID);
              a.vfmadd213ps(SLOPE, GATE, one);
              a.vmulps(SLOPE, SIGMOID, SLOPE);
              a.vmulps(UP, UP, SLOPE);
              a.vmovups(lanes.in(at(dgate, lanes)), UP);
              a.vmulps(GATE, GATE, SIGMOID);
              a.vmulps(GATE, GRADIENT, GATE);
              a.vmovups(lanes.in(at(dup, lanes)), GATE);
            });
    return end(a, exp);
  }

  private static ExpCode exp(Assembler a) {
    Zmm[] registers = new Zmm[ExpCode.CONSTANTS];
    Arrays.setAll(registers, i -> zmm(16 + i));
    ExpCode exp = new ExpCode(a, registers);
    exp.loadConstants();
    return exp;
  }

  private static LaneLoop loop(Register64 count, Register64... rows) {
    List<Pointer> pointers = Arrays.stream(rows).map(row -> new Pointer(row, Float.BYTES)).toList();
    return new LaneLoop(count, UNROLLED, pointers);
  }

  private static Address at(Register64 row, Lanes lanes) {
    return mem(row, Float.BYTES * LANES * lanes.index());
  }

  private static MachineCode end(Assembler a, ExpCode exp) {
    a.vzeroupper();
    a.ret();
    exp.table();
    return a.finish();
  }
}
