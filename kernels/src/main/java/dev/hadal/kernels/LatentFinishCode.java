package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.R8;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Register64.RCX;
import static dev.hadal.assembler.Register64.RDI;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.assembler.WriteMask.K2;
import static dev.hadal.kernels.LatentLayout.LANES;
import static dev.hadal.kernels.LatentLayout.SHRINK;
import static dev.hadal.kernels.LatentLayout.SUM;
import static dev.hadal.kernels.LatentLayout.VECTOR;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LatentFrame.Field;

/**
 * The ends of {@link LatentAttention} as machine code: partitions are merged, and outputs divided
 * by their sums.
 *
 * @param layout sizes
 */
record LatentFinishCode(LatentLayout layout) {
  /** Of the merge: takes the address of a {@link LatentFrame}, whose vectors it counts on. */
  static final Signature MERGE = Signature.ofLongs(1);

  /** Of the division: takes a column's sums of values, its sum, where the output goes. */
  static final Signature DIVIDE = Signature.ofLongs(3);

  private static final Register64 FRAME = RDI;

  /** The other state is merged into the state; the shrink factors of both are overwritten. */
  MachineCode merge() {
    Assembler a = new Assembler();
    ExpCode exp = new ExpCode(a);
    ExpCode.Scratch temporary = new ExpCode.Scratch(zmm(20), zmm(21), zmm(22), K1);
    Zmm mine = zmm(0);
    Zmm other = zmm(1);
    Zmm highest = zmm(2);
    a.mov(R8, Field.STATE.in(FRAME));
    a.mov(R9, Field.OTHER_STATE.in(FRAME));
    a.mov(R10, Field.OUT.in(FRAME));
    a.mov(R11, Field.OTHER_OUT.in(FRAME));
    Label vector = a.here();
    a.vmovups(mine, mem(R8));
    a.vmovups(other, mem(R9));
    a.vmaxps(highest, mine, other);
    a.vmovups(mem(R8), highest);
    a.vsubps(mine, mine, highest);
    exp.exp(mine, mine, temporary);
    a.vsubps(other, other, highest);
    exp.exp(other, other, temporary);
    a.vmovups(mem(R8, SHRINK), mine);
    a.vmovups(mem(R9, SHRINK), other);
    a.vmulps(other, other, mem(R9, SUM));
    a.vfmadd132ps(mine, other, mem(R8, SUM));
    a.vmovups(mem(R8, SUM), mine);
    a.mov(RCX, (long) LANES);
    Label column = a.here();
    a.vbroadcastss(mine, mem(R8, SHRINK));
    a.vbroadcastss(other, mem(R9, SHRINK));
    a.mov(RAX, (long) layout.outRow() / VECTOR);
    Label part = a.here();
    a.vmulps(zmm(3), other, mem(R11));
    a.vmovups(zmm(4), mem(R10));
    a.vfmadd213ps(zmm(4), mine, zmm(3));
    a.vmovups(mem(R10), zmm(4));
    a.add(R10, VECTOR);
    a.add(R11, VECTOR);
    a.sub(RAX, 1);
    a.jnz(part);
    a.add(R8, Float.BYTES);
    a.add(R9, Float.BYTES);
    a.sub(RCX, 1);
    a.jnz(column);
    a.add(R8, LatentLayout.STATE - VECTOR);
    a.add(R9, LatentLayout.STATE - VECTOR);
    a.mov(RAX, Field.VECTORS.in(FRAME));
    a.sub(RAX, 1);
    a.mov(Field.VECTORS.in(FRAME), RAX);
    a.jnz(vector);
    a.vzeroupper();
    a.ret();
    exp.table();
    return a.finish();
  }

  /** Output = sums of values * (1 / sum). */
  MachineCode divide() {
    Register64 from = DIVIDE.general(0);
    Register64 sum = DIVIDE.general(1);
    Register64 to = DIVIDE.general(2);
    Assembler a = new Assembler();
    ExpCode constants = new ExpCode(a);
    Zmm inverse = zmm(0);
    a.vbroadcastss(inverse, mem(sum));
    a.vdivps(inverse, constants.one(zmm(1)), inverse);
    int whole = layout.latent() / LANES;
    if (whole > 0) {
      a.mov(RAX, (long) whole);
      Label part = a.here();
      a.vmulps(zmm(1), inverse, mem(from));
      a.vmovups(mem(to), zmm(1));
      a.add(from, VECTOR);
      a.add(to, VECTOR);
      a.sub(RAX, 1);
      a.jnz(part);
    }
    if (layout.latent() % LANES > 0) {
      a.mov(EAX, (1 << layout.latent() % LANES) - 1);
      a.kmovw(K2, EAX);
      a.vmulps(zmm(1), inverse, mem(from));
      a.vmovups(mem(to).merging(K2), zmm(1));
    }
    a.vzeroupper();
    a.ret();
    constants.table();
    return a.finish();
  }
}
