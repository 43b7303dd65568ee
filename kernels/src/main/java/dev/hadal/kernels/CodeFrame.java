package dev.hadal.kernels;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Operands;
import dev.hadal.assembler.Register64;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What generated code is told beyond the six numbers that the calling convention passes in
 * registers: a table of numbers in memory, whose address the code takes. Each member of a team has
 * its own.
 *
 * @param <F> the table's fields
 */
class CodeFrame<F extends CodeFrame.Field> {
  /** A field of a table: eight bytes. */
  interface Field {
    /** Where it lies, in bytes. */
    int offset();

    /** The field, for code that holds the table's address in a register. */
    default Address in(Register64 frame) {
      return Operands.mem(frame, offset());
    }
  }

  private final MemorySegment table;

  /**
   * A table of undefined content.
   *
   * @param bytes a power of two, whole cache lines: no two members write to the same one
   */
  CodeFrame(int bytes) {
    table = Arena.ofAuto().allocate(bytes, bytes);
  }

  final CodeFrame<F> set(F field, long value) {
    table.set(ValueLayout.JAVA_LONG, field.offset(), value);
    return this;
  }

  final CodeFrame<F> set(F field, float value) {
    table.set(ValueLayout.JAVA_FLOAT, field.offset(), value);
    return this;
  }

  final long address() {
    return table.address();
  }
}
