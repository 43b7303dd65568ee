package dev.hadal.assembler;

import static dev.hadal.assembler.VectorOperands.NO_IMMEDIATE;

/**
 * How typed operands become the fields of an encoding; one method for each shape of instruction.
 */
sealed interface VectorEmitter
    permits MoveInstructions,
        FloatInstructions,
        DotInstructions,
        IntegerInstructions,
        PermutationInstructions,
        ConversionInstructions {

  /** Writes an instruction, in its VEX form where that can say it, else as EVEX. */
  void encode(Instruction row, VectorOperands operands);

  /** d = f(a, b), or f of d too. */
  default void emit(Instruction row, Destination<?> d, Vector<?> a, Operand<?> b, int immediate) {
    emit(row, d.register().bytes(), d, a.number(), b, immediate);
  }

  /** d = f(a). */
  default void emit(Instruction row, Destination<?> d, Operand<?> a, int immediate) {
    emit(row, d.register().bytes(), d, 0, a, immediate);
  }

  /** d = f(a), where d is half as long as a. */
  default void emitNarrowing(Instruction row, Destination<?> d, Vector<?> a) {
    emit(row, a.bytes(), d, 0, a, NO_IMMEDIATE);
  }

  private void emit(
      Instruction row, int length, Destination<?> d, int second, Operand<?> rm, int immediate) {
    encode(
        row,
        new VectorOperands(
            length,
            d.register().number(),
            second,
            rm(rm),
            rm instanceof Broadcast,
            mask(d),
            zeroing(d),
            immediate));
  }

  /** All lanes of d = a general register. */
  default void emitGeneral(Instruction row, Destination<?> d, GeneralRegister<?> s) {
    RmOperand rm = new RmOperand.Direct(s.number());
    int bytes = d.register().bytes();
    int number = d.register().number();
    encode(row, new VectorOperands(bytes, number, 0, rm, false, mask(d), zeroing(d), NO_IMMEDIATE));
  }

  /** A general register = the lowest lane. */
  default void emitToGeneral(Instruction row, GeneralRegister<?> d, Xmm s) {
    RmOperand rm = new RmOperand.Direct(d.number());
    encode(row, new VectorOperands(s.bytes(), s.number(), 0, rm, false, 0, false, NO_IMMEDIATE));
  }

  /** The r/m operand is the destination: a register. */
  default void emitStore(Instruction row, Destination<?> d, Vector<?> s, int immediate) {
    RmOperand rm = new RmOperand.Direct(d.register().number());
    encode(
        row,
        new VectorOperands(s.bytes(), s.number(), 0, rm, false, mask(d), zeroing(d), immediate));
  }

  /** The r/m operand is the destination: memory. */
  default void emitStore(Instruction row, MemoryDestination d, Vector<?> s, int immediate) {
    Memory memory;
    int mask;
    switch (d) {
      case Memory whole -> {
        memory = whole;
        mask = 0;
      }
      case MaskedMemory masked -> {
        memory = masked.memory();
        mask = masked.mask().number();
      }
    }
    encode(
        row, new VectorOperands(s.bytes(), s.number(), 0, memory, false, mask, false, immediate));
  }

  /** Shifts by an immediate: the middle bits of ModRM belong to the opcode. */
  default void emitShift(Instruction row, Destination<?> d, Operand<?> s, int count) {
    encode(
        row,
        new VectorOperands(
            d.register().bytes(),
            row.extension(),
            d.register().number(),
            rm(s),
            s instanceof Broadcast,
            mask(d),
            zeroing(d),
            count));
  }

  /** Gathers clear each mask bit as its lane arrives. */
  default void emitGather(Instruction row, Vector<?> d, WriteMask mask, VectorAddress<?> s) {
    if (d.number() == s.index().number()) {
      throw new IllegalArgumentException("a gather's destination is its index: " + d);
    }
    encode(
        row,
        new VectorOperands(d.bytes(), d.number(), 0, s, false, mask.number(), false, NO_IMMEDIATE));
  }

  /** Mask = f(a, b). */
  default void emitCompare(
      Instruction row, MaskDestination d, Vector<?> a, Operand<?> b, int immediate) {
    emitMask(row, d, a.bytes(), a.number(), b, immediate);
  }

  /** Mask = f(a); a is a register, because memory does not tell the length. */
  default void emitClassify(Instruction row, MaskDestination d, Vector<?> a, int immediate) {
    emitMask(row, d, a.bytes(), 0, a, immediate);
  }

  private void emitMask(
      Instruction row, MaskDestination d, int length, int second, Operand<?> rm, int immediate) {
    Mask register;
    int mask;
    switch (d) {
      case Mask whole -> {
        register = whole;
        mask = 0;
      }
      case MaskedMask masked -> {
        register = masked.register();
        mask = masked.mask().number();
      }
    }
    encode(
        row,
        new VectorOperands(
            length,
            register.number(),
            second,
            rm(rm),
            rm instanceof Broadcast,
            mask,
            false,
            immediate));
  }

  private static RmOperand rm(Operand<?> operand) {
    return switch (operand) {
      case RegisterOrMemory<?> whole -> RmOperand.of(whole);
      case Broadcast broadcast -> broadcast.memory();
    };
  }

  private static int mask(Destination<?> d) {
    return d instanceof MaskedVector<?> masked ? masked.mask().number() : 0;
  }

  private static boolean zeroing(Destination<?> d) {
    return d instanceof MaskedVector<?> masked && masked.zeroing();
  }

  /** An immediate that an instruction holds in one byte. */
  static int requireByte(int immediate) {
    if (immediate < 0 || immediate > 255) {
      throw new IllegalArgumentException("immediate: expected 0 to 255, found " + immediate);
    }
    return immediate;
  }
}
