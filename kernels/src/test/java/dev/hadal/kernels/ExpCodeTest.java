package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.WriteMask;
import dev.hadal.assembler.Zmm;
import dev.hadal.numerics.ElementaryFunctions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExpCodeTest {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();
  private static final Signature SIGNATURE =
      Signature.ofVoid(Signature.Kind.LONG, Signature.Kind.LONG);
  private static final int LANES = 16;

  /** Vectors that a call computes. */
  private static final int VECTORS = 256;

  /** A prime. With {@code -Dhadal.test.stride=1} the tests see every float, in some minutes. */
  private static final int STRIDE = Integer.getInteger("hadal.test.stride", 397);

  private static final ExpCode.Scratch SCRATCH =
      new ExpCode.Scratch(zmm(1), zmm(2), zmm(3), WriteMask.K1);
  private static final Zmm X = zmm(4);
  private static final Zmm Y = zmm(5);

  private interface Scalar {
    float of(float x);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 13})
  void expHasTheScalarsBitsAllOverTheFloats(int registers) {
    compareAll(registers, (exp, y) -> exp.exp(y, X, SCRATCH), ElementaryFunctions::exp);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 13})
  void sigmoidHasTheScalarsBitsAllOverTheFloats(int registers) {
    compareAll(registers, (exp, y) -> exp.sigmoid(y, X, SCRATCH), ElementaryFunctions::sigmoid);
  }

  /** The limits and their neighbours, and all kinds of special values. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2, 13})
  void specialValuesHaveTheScalarsBits(int registers) {
    float[] around = {
      0,
      Float.MIN_VALUE,
      Float.MIN_NORMAL,
      Float.MAX_VALUE,
      Float.POSITIVE_INFINITY,
      ElementaryFunctions.EXP_HIGHEST,
      ElementaryFunctions.EXP_LOWEST,
      88,
      89,
      104,
      128,
      0x1p22f,
      0x1p23f,
      0x1p24f
    };
    int neighbours = LANES * VECTORS / 2;
    BiConsumer<ExpCode, Zmm> exp = (code, y) -> code.exp(y, X, SCRATCH);
    BiConsumer<ExpCode, Zmm> sigmoid = (code, y) -> code.sigmoid(y, X, SCRATCH);
    try (Vectors exps = new Vectors(registers, exp, Y);
        Vectors sigmoids = new Vectors(registers, sigmoid, Y)) {
      for (float middle : around) {
        for (float signed : new float[] {middle, -middle}) {
          int first = Float.floatToRawIntBits(signed) - neighbours;
          exps.compare(first, 1, ElementaryFunctions::exp);
          sigmoids.compare(first, 1, ElementaryFunctions::sigmoid);
        }
      }
    }
  }

  @Test
  void refusesMoreRegistersThanThereAreConstants() {
    assertThatThrownBy(() -> new ExpCode(new Assembler(), new Zmm[14]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("registers: expected at most 13, found 14");
  }

  private static void compareAll(int registers, BiConsumer<ExpCode, Zmm> function, Scalar scalar) {
    for (Zmm result : new Zmm[] {X, Y}) {
      try (Vectors vectors = new Vectors(registers, function, result)) {
        long step = (long) STRIDE * LANES * VECTORS;
        for (long bits = 0; bits <= 0xFFFF_FFFFL; bits += step) {
          vectors.compare((int) bits, STRIDE, scalar);
        }
      }
    }
  }

  /** A function of many vectors. */
  private static final class Vectors implements AutoCloseable {
    private static final long BYTES = 4L * LANES * VECTORS;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment from = arena.allocate(BYTES, 64);
    private final MemorySegment to = arena.allocate(BYTES, 64);
    private final MethodHandle code;

    Vectors(int registers, BiConsumer<ExpCode, Zmm> function, Zmm result) {
      MachineCode machineCode = assemble(registers, function, result);
      assumeTrue(
          LOADER.obstacle(machineCode.required()).isEmpty(), "this machine does not run the code");
      code = LOADER.load(machineCode, SIGNATURE, arena);
    }

    private static MachineCode assemble(
        int registers, BiConsumer<ExpCode, Zmm> function, Zmm result) {
      Register64 x = SIGNATURE.general(0);
      Register64 y = SIGNATURE.general(1);
      Zmm[] constants = new Zmm[registers];
      for (int i = 0; i < registers; i++) {
        constants[i] = zmm(31 - i);
      }
      Assembler a = new Assembler();
      ExpCode exp = new ExpCode(a, constants);
      exp.loadConstants();
      a.mov(Register64.RCX, (long) VECTORS);
      Label loop = a.here();
      a.vmovups(X, mem(x));
      function.accept(exp, result);
      a.vmovups(mem(y), result);
      a.add(x, 64);
      a.add(y, 64);
      a.sub(Register64.RCX, 1);
      a.jnz(loop);
      a.vzeroupper();
      a.ret();
      exp.table();
      return a.finish();
    }

    void compare(int firstBits, int stride, Scalar scalar) {
      int[] bits = new int[LANES * VECTORS];
      for (int i = 0; i < bits.length; i++) {
        bits[i] = firstBits + stride * i;
      }
      MemorySegment.copy(bits, 0, from, ValueLayout.JAVA_INT, 0, bits.length);
      try {
        code.invokeExact(from.address(), to.address());
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
      float[] found = to.toArray(ValueLayout.JAVA_FLOAT);
      for (int i = 0; i < bits.length; i++) {
        float x = Float.intBitsToFloat(bits[i]);
        float expected = scalar.of(x);
        if (Float.floatToIntBits(expected) != Float.floatToIntBits(found[i])) {
          assertThat(found[i]).as("of %s", Float.toHexString(x)).isEqualTo(expected);
        }
      }
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
