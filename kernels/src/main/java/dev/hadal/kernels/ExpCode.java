package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.FloatComparison;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.Memory;
import dev.hadal.assembler.Operand;
import dev.hadal.assembler.WriteMask;
import dev.hadal.assembler.Zmm;
import dev.hadal.numerics.ElementaryFunctions;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * Writes {@link ElementaryFunctions#exp} and {@link ElementaryFunctions#sigmoid} of 16 lanes into a
 * kernel: the same operations, hence the same bits for every float.
 *
 * <p>Constants lie in a table behind the kernel's {@code ret}, from where instructions broadcast
 * them. A kernel with registers to spare gives some: they hold the first constants, those that are
 * needed most.
 *
 * {@snippet :
 * Assembler a = new Assembler();
 * ExpCode exp = new ExpCode(a, zmm(31), zmm(30)); // or without registers
 * exp.loadConstants();                            // once, before the loop
 * ...
 * exp.exp(zmm(0), zmm(0), new ExpCode.Scratch(zmm(1), zmm(2), zmm(3), K1));
 * ...
 * a.ret();
 * exp.table();
 * }
 *
 * <p>Where the scalar treats limits apart, lanes do the following. Arguments above 89 become 89,
 * whose result is infinite too; NaN stays, since the minimum takes its second operand there. The
 * power of two is multiplied in by {@code vscalefps}, which is exact where the result is normal,
 * and overflows to infinity. Lanes below the lowest argument become zero by a mask.
 *
 * <p>Nothing is written but the result, the scratch and the registers of constants; no general
 * register is used.
 */
final class ExpCode {
  /** The constants, those first that registers serve most. */
  private enum Constant {
    MAGIC(ElementaryFunctions.EXP_MAGIC),
    CEILING(89),
    Q4(ElementaryFunctions.EXP_Q4),
    ONE(1),
    LOWEST(ElementaryFunctions.EXP_LOWEST),
    LOG2E(ElementaryFunctions.EXP_LOG2E),
    LN2_HIGH(ElementaryFunctions.EXP_LN2_HIGH),
    LN2_LOW(ElementaryFunctions.EXP_LN2_LOW),
    Q3(ElementaryFunctions.EXP_Q3),
    Q2(ElementaryFunctions.EXP_Q2),
    Q1(ElementaryFunctions.EXP_Q1),
    Q0(ElementaryFunctions.EXP_Q0),
    SIGN(-0f);

    private final float value;

    Constant(float value) {
      this.value = value;
    }
  }

  /** How many registers constants can fill; those of exp alone are one less. */
  static final int CONSTANTS = Constant.values().length;

  /**
   * Registers that a function overwrites.
   *
   * @param first not the argument, not the result
   * @param second not the argument, not the result
   * @param third not the argument, not the result
   * @param mask any but K0
   */
  record Scratch(Zmm first, Zmm second, Zmm third, WriteMask mask) {}

  private final Assembler a;
  private final Label table;
  private final Map<Constant, Memory> places = new EnumMap<>(Constant.class);
  private final Map<Constant, Zmm> registers = new EnumMap<>(Constant.class);

  /**
   * Writes nothing yet.
   *
   * @param a the kernel being written
   * @param registers what the kernel leaves to constants: up to {@link #CONSTANTS}
   */
  ExpCode(Assembler a, Zmm... registers) {
    if (registers.length > CONSTANTS) {
      throw new IllegalArgumentException(
          "registers: expected at most %d, found %d".formatted(CONSTANTS, registers.length));
    }
    this.a = a;
    table = a.label();
    for (Constant constant : Constant.values()) {
      int i = places.size();
      places.put(constant, mem(table).plus(Float.BYTES * i));
      if (i < registers.length) {
        this.registers.put(constant, registers[i]);
      }
    }
  }

  /** Fills the registers of constants; before the first function, outside of loops. */
  void loadConstants() {
    registers.forEach((constant, register) -> a.vbroadcastss(register, place(constant)));
  }

  /** Places the table; where the code never runs, behind its {@code ret}. */
  void table() {
    a.align(64);
    a.bind(table);
    for (Constant constant : Constant.values()) {
      a.data(constant.value);
    }
  }

  /**
   * y = exp(x).
   *
   * @param y may be x
   * @param x stays as it is, unless it is y
   */
  void exp(Zmm y, Zmm x, Scratch scratch) {
    Zmm r = scratch.first;
    Zmm n = scratch.second;
    Zmm square = scratch.third;
    a.vcmpps(scratch.mask, x, operand(Constant.LOWEST), FloatComparison.NOT_LESS);
    a.vminps(r, register(Constant.CEILING, r), x);
    load(n, Constant.MAGIC);
    a.vfmadd231ps(n, r, operand(Constant.LOG2E));
    a.vsubps(n, n, operand(Constant.MAGIC));
    a.vfnmadd231ps(r, n, operand(Constant.LN2_HIGH));
    a.vfnmadd231ps(r, n, operand(Constant.LN2_LOW));
    load(y, Constant.Q4);
    a.vfmadd213ps(y, r, operand(Constant.Q3));
    a.vfmadd213ps(y, r, operand(Constant.Q2));
    a.vfmadd213ps(y, r, operand(Constant.Q1));
    a.vfmadd213ps(y, r, operand(Constant.Q0));
    a.vmulps(square, r, r);
    a.vfmadd213ps(y, square, r);
    a.vaddps(y, y, operand(Constant.ONE));
    a.vscalefps(y.zeroing(scratch.mask), y, n);
  }

  /**
   * y = 1 / (1 + exp(-x)).
   *
   * @param y may be x
   * @param x stays as it is, unless it is y
   */
  void sigmoid(Zmm y, Zmm x, Scratch scratch) {
    a.vpxord(y, x, operand(Constant.SIGN));
    exp(y, y, scratch);
    a.vaddps(y, y, operand(Constant.ONE));
    a.vdivps(y, one(scratch.first), y);
  }

  /** A register that holds 1 in all lanes: one of the constants', or the given one, filled. */
  Zmm one(Zmm otherwise) {
    return register(Constant.ONE, otherwise);
  }

  private Operand<? super Zmm> operand(Constant constant) {
    Zmm register = registers.get(constant);
    return register != null ? register : place(constant).broadcast();
  }

  private Zmm register(Constant constant, Zmm otherwise) {
    Zmm register = registers.get(constant);
    if (register != null) {
      return register;
    }
    load(otherwise, constant);
    return otherwise;
  }

  private void load(Zmm to, Constant constant) {
    Zmm register = registers.get(constant);
    if (register != null) {
      a.vmovups(to, register);
    } else {
      a.vbroadcastss(to, place(constant));
    }
  }

  private Memory place(Constant constant) {
    return Objects.requireNonNull(places.get(constant));
  }
}
