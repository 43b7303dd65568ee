package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Scale.BY_1;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;

/**
 * E4M3 codes to BF16 pairs as machine code, by {@link PairTables}: a vector holds 16 words of four
 * codes, the pairs of codes 0 and 1 of every word become one vector, those of 2 and 3 another.
 */
final class PairCode {
  /** Takes from, the distance of vectors there, to, the distance of vectors there, the count. */
  static final Signature SIGNATURE = Signature.ofLongs(5);

  private PairCode() {}

  /** The code. */
  static MachineCode assemble() {
    Register64 from = SIGNATURE.general(0);
    Register64 fromStride = SIGNATURE.general(1);
    Register64 to = SIGNATURE.general(2);
    Register64 toStride = SIGNATURE.general(3);
    Register64 count = SIGNATURE.general(4);
    Zmm codes = zmm(0);
    Zmm second = zmm(1);
    Zmm first = zmm(3);

    Assembler a = new Assembler();
    PairTables tables = new PairTables(a, 16, PairTables.Order.OF_WORDS);
    Label end = a.label();
    a.test(count, count);
    a.jz(end);
    tables.load();
    a.align(32);
    Label loop = a.here();
    a.vmovdqu32(codes, mem(from));
    tables.toPairs(codes, second, zmm(2), first);
    a.vmovdqu32(mem(to), first);
    a.vmovdqu32(mem(to, toStride, BY_1), second);
    a.add(from, fromStride);
    a.add(to, toStride);
    a.add(to, toStride);
    a.sub(count, 1);
    a.jnz(loop);
    a.bind(end);
    a.vzeroupper();
    a.ret();
    tables.place();
    return a.finish();
  }
}
