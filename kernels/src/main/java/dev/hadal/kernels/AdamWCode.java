package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.kernels.AdamWTable.Field;
import static dev.hadal.kernels.LaneLoop.LANES;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LaneLoop.Pointer;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Optimizer#adamW} of consecutive elements as machine code, and the average of the new
 * weights in the same pass: each operand is read once and written once.
 *
 * <p>Every line of {@link #update} is an operation of the formula, in its order and rounded once;
 * division and square root are the processor's, which round correctly. One of each pair of vectors
 * divides while the other's operands arrive; memory is the limit, not the 16 lanes' 30 cycles.
 *
 * @param bfloat16 whether moments are BF16, else FP32
 * @param average whether there is an average
 */
record AdamWCode(boolean bfloat16, boolean average) {
  /** Takes p, g, m, v, the row of {@link AdamWTable}, the number of elements. */
  static final Signature SIGNATURE = Signature.ofLongs(6);

  private static final Register64 P = SIGNATURE.general(0);
  private static final Register64 G = SIGNATURE.general(1);
  private static final Register64 M = SIGNATURE.general(2);
  private static final Register64 V = SIGNATURE.general(3);
  private static final Register64 ROW = SIGNATURE.general(4);
  private static final Register64 COUNT = SIGNATURE.general(5);
  private static final Register64 EMA = R10;

  private static final int UNROLLED = 2;
  private static final int VECTOR = Float.BYTES * LANES;

  /** Constants come in registers behind those of two vectors. */
  private static Zmm constant(Field field) {
    return zmm(6 * UNROLLED + field.place());
  }

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    for (Field field : Field.values()) {
      if (field != Field.DISTANCE) {
        a.vbroadcastss(constant(field), field.in(ROW));
      }
    }
    BFloat16Rounding.LAST_REGISTERS.constants(a);
    int moment = bfloat16 ? Short.BYTES : Float.BYTES;
    List<Pointer> pointers = new ArrayList<>();
    pointers.add(new Pointer(P, Float.BYTES));
    pointers.add(new Pointer(G, Float.BYTES));
    pointers.add(new Pointer(M, moment));
    pointers.add(new Pointer(V, moment));
    if (average) {
      a.mov(EMA, Field.DISTANCE.in(ROW));
      a.add(EMA, P);
      pointers.add(new Pointer(EMA, Float.BYTES));
    }
    new LaneLoop(COUNT, UNROLLED, pointers).emit(a, lanes -> update(a, lanes));
    a.vzeroupper();
    a.ret();
    return a.finish();
  }

  private void update(Assembler a, Lanes lanes) {
    int at = VECTOR * lanes.index();
    Zmm gradient = zmm(6 * lanes.index());
    Zmm weight = zmm(6 * lanes.index() + 1);
    Zmm first = zmm(6 * lanes.index() + 2);
    Zmm second = zmm(6 * lanes.index() + 3);
    Zmm fresh = zmm(6 * lanes.index() + 4);
    Zmm change = zmm(6 * lanes.index() + 5);

    a.vmovups(lanes.fill(gradient), mem(G, at));
    a.vmulps(gradient, gradient, constant(Field.CLIP));
    a.vmovups(lanes.fill(weight), mem(P, at));
    a.vmulps(weight, weight, constant(Field.KEEP));

    load(a, lanes, first, M);
    a.vmulps(fresh, gradient, constant(Field.FRESH1));
    a.vfmadd213ps(first, constant(Field.BETA1), fresh);

    load(a, lanes, second, V);
    a.vmulps(fresh, gradient, constant(Field.FRESH2));
    a.vmulps(fresh, fresh, gradient);
    a.vfmadd213ps(second, constant(Field.BETA2), fresh);

    a.vsqrtps(change, second);
    a.vdivps(change, change, constant(Field.ROOT));
    a.vaddps(change, change, constant(Field.EPSILON));
    a.vdivps(change, first, change);
    a.vmulps(change, change, constant(Field.RATE));
    a.vsubps(weight, weight, change);
    a.vmovups(lanes.in(mem(P, at)), weight);
    store(a, lanes, first, change, M);
    store(a, lanes, second, change, V);

    if (average) {
      a.vmovups(lanes.fill(change), mem(EMA, at));
      a.vmulps(weight, weight, constant(Field.FRESH));
      a.vfmadd213ps(change, constant(Field.OLD), weight);
      a.vmovups(lanes.in(mem(EMA, at)), change);
    }
  }

  private void load(Assembler a, Lanes lanes, Zmm to, Register64 from) {
    int at = VECTOR * lanes.index();
    if (bfloat16) {
      a.vpmovzxwd(lanes.fill(to), mem(from, at / 2));
      a.vpslld(to, to, 16);
    } else {
      a.vmovups(lanes.fill(to), mem(from, at));
    }
  }

  private void store(Assembler a, Lanes lanes, Zmm moment, Zmm code, Register64 to) {
    int at = VECTOR * lanes.index();
    if (bfloat16) {
      BFloat16Rounding.LAST_REGISTERS.encode(a, code, moment);
      a.vpsrld(code, code, 16);
      a.vpmovdw(lanes.in(mem(to, at / 2)), code);
    } else {
      a.vmovups(lanes.in(mem(to, at)), moment);
    }
  }
}
