package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.WriteMask.K1;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;

/**
 * A row of E4M3 codes to BF16 numbers in the same order, as machine code: 64 at a time, and as many
 * written for what is left, zeros behind the last.
 */
final class DecodedRowCode {
  /** Takes the first code, where the numbers go, the number of codes. */
  static final Signature SIGNATURE = Signature.ofLongs(3);

  /** Codes that are decoded at a time. */
  static final int CODES = 64;

  private DecodedRowCode() {}

  /** The code. */
  static MachineCode assemble() {
    Register64 from = SIGNATURE.general(0);
    Register64 to = SIGNATURE.general(1);
    Register64 count = SIGNATURE.general(2);
    Assembler a = new Assembler();
    PairTables tables = new PairTables(a, 16, PairTables.Order.OF_CODES);
    Label rest = a.label();
    Label end = a.label();
    tables.load();
    a.sub(count, CODES);
    a.jb(rest);
    Label loop = a.here();
    a.vmovdqu32(zmm(0), mem(from));
    decode(a, tables, to);
    a.add(from, CODES);
    a.add(to, 2 * CODES);
    a.sub(count, CODES);
    a.jae(loop);
    a.bind(rest);
    a.add(count, CODES);
    a.jz(end);
    a.mov(RAX, -1L);
    a.bzhi(RAX, RAX, count);
    a.kmovq(K1, RAX);
    a.vmovdqu8(zmm(0).zeroing(K1), mem(from));
    decode(a, tables, to);
    a.bind(end);
    a.vzeroupper();
    a.ret();
    tables.place();
    return a.finish();
  }

  private static void decode(Assembler a, PairTables tables, Register64 to) {
    Zmm last = zmm(1);
    Zmm first = zmm(3);
    tables.toPairs(zmm(0), last, zmm(2), first);
    a.vmovdqu32(mem(to), first);
    a.vmovdqu32(mem(to, CODES), last);
  }
}
