package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;

/** Reads memory from front to back and does nothing with it: what the read bandwidth is. */
final class ReadCode {
  /** Takes an address and a number of bytes, a multiple of {@value #STEP} above 0. */
  static final Signature SIGNATURE = Signature.ofLongs(2);

  private static final int VECTOR = 64;
  private static final int VECTORS = 8;

  /** Bytes that are read between two comparisons. */
  static final int STEP = VECTOR * VECTORS;

  private static final Register64 FROM = SIGNATURE.general(0);
  private static final Register64 BYTES = SIGNATURE.general(1);

  private ReadCode() {}

  /** The code. */
  static MachineCode assemble() {
    Assembler a = new Assembler();
    a.align(32);
    Label loop = a.here();
    for (int i = 0; i < VECTORS; i++) {
      a.vmovups(zmm(i), mem(FROM, VECTOR * i));
    }
    a.add(FROM, STEP);
    a.sub(BYTES, STEP);
    a.jnz(loop);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }
}
