package dev.hadal.kernels;

import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.WriteMask.K1;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.WriteMask;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The loop of kernels that go through elements once: several vectors of 16 elements at a time, then
 * single ones, then what is left under a mask, so that nothing behind the last element is touched.
 *
 * @param count how many elements; ends as 0
 * @param unrolled vectors at a time
 * @param pointers what is moved on
 */
record LaneLoop(Register64 count, int unrolled, List<Pointer> pointers) {
  /**
   * A pointer to elements.
   *
   * @param register the address
   * @param bytes of an element
   */
  record Pointer(Register64 register, int bytes) {}

  /** Elements of a vector. */
  static final int LANES = 16;

  /** Masks the last vector; RAX is used, too. */
  static final WriteMask MASK = K1;

  /** Emits the work on one vector, whose elements are {@code 16 * index} behind the pointers. */
  @FunctionalInterface
  interface Body {
    /** Emits. */
    void emit(Lanes lanes);
  }

  /** Emits the work on all vectors that are gone through at a time. */
  @FunctionalInterface
  interface Together {
    /** Emits. */
    void emit(List<Lanes> vectors);
  }

  /** Emits the loop. */
  void emit(Assembler a, Body body) {
    emitTogether(a, vectors -> vectors.forEach(body::emit));
  }

  /** The same where the vectors' work is interwoven. */
  void emitTogether(Assembler a, Together body) {
    Label few = a.label();
    Label last = a.label();
    Label end = a.label();
    if (unrolled > 1) {
      a.sub(count, LANES * unrolled);
      a.jb(few);
      a.align(32);
      Label many = a.here();
      body.emit(IntStream.range(0, unrolled).mapToObj(i -> new Lanes(i, null)).toList());
      advance(a, unrolled);
      a.sub(count, LANES * unrolled);
      a.jae(many);
      a.bind(few);
      a.add(count, LANES * unrolled);
    }
    a.sub(count, LANES);
    a.jb(last);
    a.align(32);
    Label one = a.here();
    body.emit(List.of(new Lanes(0, null)));
    advance(a, 1);
    a.sub(count, LANES);
    a.jae(one);
    a.bind(last);
    a.add(count, LANES);
    a.jz(end);
    a.mov(Register64.RAX, -1);
    a.bzhi(Register64.RAX, Register64.RAX, count);
    a.kmovw(MASK, EAX);
    body.emit(List.of(new Lanes(0, MASK)));
    a.bind(end);
  }

  private void advance(Assembler a, int vectors) {
    for (Pointer pointer : pointers) {
      a.add(pointer.register(), pointer.bytes() * LANES * vectors);
    }
  }
}
