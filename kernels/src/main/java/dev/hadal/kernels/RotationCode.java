package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.ymm;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.RAX;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.WriteMask;
import dev.hadal.assembler.Ymm;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LaneLoop.Pointer;
import java.util.List;

/**
 * {@link RotaryEmbedding} of the heads of a row as machine code. Eight pairs of a position are made
 * ready, then all heads' are rotated: with (a, a) and (b, b) the even and odd elements spread over
 * their pairs, {@code fma(a a, cos sin, b b * -sin cos)}.
 *
 * @param inverse whether to rotate back
 */
record RotationCode(boolean inverse) {
  /**
   * Takes the first head's first element, the number of heads, the bytes from head to head, the
   * cosines, the sines, the elements of a head: an even number. Heads must not overlap.
   */
  static final Signature SIGNATURE = Signature.ofLongs(6);

  private static final Register64 FIRST_HEAD = SIGNATURE.general(0);
  private static final Register64 HEADS = SIGNATURE.general(1);
  private static final Register64 STRIDE = SIGNATURE.general(2);
  private static final Register64 COSINES = SIGNATURE.general(3);
  private static final Register64 SINES = SIGNATURE.general(4);
  private static final Register64 WIDTH = SIGNATURE.general(5);
  private static final Register64 HEAD = R10;
  private static final Register64 LEFT = R11;

  private static final WriteMask ODD_LANES = WriteMask.K2;
  private static final WriteMask PAIRS = WriteMask.K3;

  /** Bit i for lane i. */
  private static final int ODD_BITS = 0xAAAA;

  /** Elements 0 0 2 2 and 1 1 3 3 of each four. */
  private static final int EVEN_TWICE = 0b10_10_00_00;

  private static final int ODD_TWICE = 0b11_11_01_01;

  private static final Zmm TWICE = zmm(16);
  private static final Zmm SIGN = zmm(17);
  private static final Zmm COSINE = zmm(0);
  private static final Zmm SINE = zmm(1);
  private static final Zmm FIRST = zmm(2);
  private static final Zmm SECOND = zmm(3);
  private static final Zmm EVEN = zmm(4);
  private static final Zmm ODD = zmm(5);

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    Label constants = a.label();
    a.vmovups(TWICE, mem(constants));
    a.vbroadcastss(SIGN, mem(constants).plus(64));
    a.mov(EAX, ODD_BITS);
    a.kmovw(ODD_LANES, EAX);
    List<Pointer> pointers =
        List.of(
            new Pointer(FIRST_HEAD, Float.BYTES),
            new Pointer(COSINES, Float.BYTES / 2),
            new Pointer(SINES, Float.BYTES / 2));
    new LaneLoop(WIDTH, 1, pointers).emit(a, lanes -> rotate(a, lanes));
    a.vzeroupper();
    a.ret();
    a.align(64);
    a.bind(constants);
    a.data(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    a.data(-0f);
    return a.finish();
  }

  /** Eight pairs, or as many as are left, of all heads. */
  private void rotate(Assembler a, Lanes lanes) {
    if (lanes.mask() != null) {
      // The loop has left the number of elements in its counter.
      a.mov(R11, WIDTH);
      a.shr(R11, 1);
      a.mov(RAX, -1);
      a.bzhi(RAX, RAX, R11);
      a.kmovw(PAIRS, EAX);
    }
    Lanes pairs = lanes.under(PAIRS);
    Ymm cosines = ymm(COSINE.number());
    Ymm sines = ymm(SINE.number());
    a.vmovups(pairs.fill(cosines), mem(COSINES));
    a.vmovups(pairs.fill(sines), mem(SINES));
    a.vpermps(COSINE, TWICE, COSINE);
    a.vpermps(SINE, TWICE, SINE);
    if (inverse) {
      a.vpxord(SINE, SINE, SIGN);
    }
    a.vblendmps(FIRST.merging(ODD_LANES), COSINE, SINE);
    a.vpxord(SINE, SINE, SIGN);
    a.vblendmps(SECOND.merging(ODD_LANES), SINE, COSINE);
    a.mov(HEAD, FIRST_HEAD);
    a.mov(LEFT, HEADS);
    Label head = a.here();
    a.vmovups(lanes.fill(EVEN), mem(HEAD));
    a.vpermilps(ODD, EVEN, ODD_TWICE);
    a.vpermilps(EVEN, EVEN, EVEN_TWICE);
    a.vmulps(ODD, ODD, SECOND);
    a.vfmadd231ps(ODD, EVEN, FIRST);
    a.vmovups(lanes.in(mem(HEAD)), ODD);
    a.add(HEAD, STRIDE);
    a.sub(LEFT, 1);
    a.jnz(head);
  }
}
