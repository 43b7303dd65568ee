package dev.hadal.assembler;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Signature.Kind.FLOAT;
import static dev.hadal.assembler.Signature.Kind.LONG;
import static dev.hadal.assembler.Signature.Kind.POINTER;
import static dev.hadal.assembler.WriteMask.K1;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * An example kernel: y += s * x, each element rounded once.
 *
 * <p>The lesson is in {@link #assemble}: 64 elements a turn with four sums that do not wait for one
 * another, then 16 a turn, the last turn under a mask. The mask makes the end exact: not a byte
 * behind x and y is touched. The wrapper checks sizes, because the code does not.
 */
final class ScaledAddition {
  private static final Signature SIGNATURE = Signature.ofVoid(FLOAT, POINTER, POINTER, LONG);

  /** Elements, and bytes, of one vector. */
  private static final int LANES = 16;

  private static final int BYTES = 64;

  /** Vectors that are in flight together. */
  private static final int UNROLLED = 4;

  private final MethodHandle function;

  ScaledAddition(CodeLoader loader, Arena arena) {
    function = loader.load(assemble(), SIGNATURE, arena);
  }

  static MachineCode assemble() {
    Register64 x = SIGNATURE.general(1);
    Register64 y = SIGNATURE.general(2);
    Register64 left = SIGNATURE.general(3);
    Register32 lanes = Register32.EAX;
    Zmm s = zmm(31);
    WriteMask tail = K1;

    Assembler a = new Assembler();
    Label loop = a.label();
    Label vectors = a.label();
    Label vector = a.label();
    Label last = a.label();
    Label end = a.label();

    a.vbroadcastss(s, SIGNATURE.vector(0));
    a.sub(left, UNROLLED * LANES);
    a.jb(vectors);

    a.align(32);
    a.bind(loop);
    for (int i = 0; i < UNROLLED; i++) {
      a.vmovups(zmm(i), mem(y, i * BYTES));
      a.vfmadd231ps(zmm(i), s, mem(x, i * BYTES));
      a.vmovups(mem(y, i * BYTES), zmm(i));
    }
    a.add(x, UNROLLED * BYTES);
    a.add(y, UNROLLED * BYTES);
    a.sub(left, UNROLLED * LANES);
    a.jae(loop);

    a.bind(vectors);
    a.add(left, UNROLLED * LANES);
    a.sub(left, LANES);
    a.jb(last);
    a.bind(vector);
    a.vmovups(zmm(0), mem(y));
    a.vfmadd231ps(zmm(0), s, mem(x));
    a.vmovups(mem(y), zmm(0));
    a.add(x, BYTES);
    a.add(y, BYTES);
    a.sub(left, LANES);
    a.jae(vector);

    a.bind(last);
    a.add(left, LANES);
    a.jz(end);
    a.mov(Register64.RAX, -1);
    a.bzhi(Register64.RAX, Register64.RAX, left);
    a.kmovw(tail, lanes);
    a.vmovups(zmm(0).zeroing(tail), mem(y));
    a.vfmadd231ps(zmm(0).merging(tail), s, mem(x));
    a.vmovups(mem(y).merging(tail), zmm(0));

    a.bind(end);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }

  /** y += s * x; both hold floats, as many of them, outside the heap. */
  void run(float s, MemorySegment x, MemorySegment y) {
    if (!x.isNative() || !y.isNative() || x.byteSize() != y.byteSize() || x.byteSize() % 4 != 0) {
      throw new IllegalArgumentException(
          "expected two segments outside the heap with as many floats, found %s and %s"
              .formatted(x, y));
    }
    try {
      function.invokeExact(s, x, y, x.byteSize() / 4);
    } catch (Throwable e) {
      throw new AssertionError("The kernel could not be called", e);
    }
  }
}
