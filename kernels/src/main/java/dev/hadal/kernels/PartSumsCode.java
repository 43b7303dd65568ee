package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.kernels.CausalLayout.LANES;
import static dev.hadal.kernels.CausalLayout.VECTOR;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Condition;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;

/** Sums of rows of floats as machine code, added one row after the other from the first. */
final class PartSumsCode {
  /** Takes the first row, the bytes from row to row, the rows, the result, its floats. */
  static final Signature SIGNATURE = Signature.ofLongs(5);

  private static final Register64 FROM = SIGNATURE.general(0);
  private static final Register64 ROW = SIGNATURE.general(1);
  private static final Register64 ROWS = SIGNATURE.general(2);
  private static final Register64 TO = SIGNATURE.general(3);
  private static final Register64 COUNT = SIGNATURE.general(4);
  private static final Register64 NEXT = Register64.R10;
  private static final Register64 REST = Register64.R11;

  private PartSumsCode() {}

  /** The code; it needs one row and one float at least. */
  static MachineCode assemble() {
    Assembler a = new Assembler();
    Label stored = a.label();
    a.mov(R9, (long) LANES);
    Label vector = a.here();
    a.mov(RAX, COUNT);
    a.cmp(COUNT, LANES);
    a.cmov(Condition.ABOVE, RAX, R9);
    a.mov(NEXT, -1L);
    a.bzhi(NEXT, NEXT, RAX);
    a.kmovq(K1, NEXT);
    a.vmovups(zmm(0).zeroing(K1), mem(FROM));
    a.mov(NEXT, FROM);
    a.mov(REST, ROWS);
    Label row = a.here();
    a.sub(REST, 1);
    a.jz(stored);
    a.add(NEXT, ROW);
    a.vaddps(zmm(0).zeroing(K1), zmm(0), mem(NEXT));
    a.jmp(row);
    a.bind(stored);
    a.vmovups(mem(TO).merging(K1), zmm(0));
    a.add(FROM, VECTOR);
    a.add(TO, VECTOR);
    a.sub(COUNT, RAX);
    a.jnz(vector);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }
}
