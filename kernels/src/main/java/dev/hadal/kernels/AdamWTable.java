package dev.hadal.kernels;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Operands;
import dev.hadal.assembler.Register64;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * What {@link AdamWCode} is told about a tensor beside addresses: a row of memory, because the
 * calling convention has not enough registers.
 */
final class AdamWTable {
  /** A number of the row. */
  enum Field {
    /** See {@link AdamWNumbers}. */
    CLIP(0),
    /** See {@link AdamWNumbers}. */
    KEEP(1),
    /** See {@link AdamWNumbers}. */
    BETA1(2),
    /** See {@link AdamWNumbers}. */
    FRESH1(3),
    /** See {@link AdamWNumbers}. */
    BETA2(4),
    /** See {@link AdamWNumbers}. */
    FRESH2(5),
    /** See {@link AdamWNumbers}. */
    RATE(6),
    /** See {@link AdamWNumbers}. */
    ROOT(7),
    /** See {@link AdamWNumbers}. */
    EPSILON(8),
    /** The average's decay. */
    OLD(9),
    /** 1 - decay. */
    FRESH(10),
    /** Bytes from a weight to its average, 64 bits. */
    DISTANCE(14);

    private final int place;

    Field(int place) {
      this.place = place;
    }

    /** Where in the row, in units of four bytes. */
    int place() {
      return place;
    }

    private int offset() {
      return Float.BYTES * place;
    }

    /** The number, for code that holds the row's address in a register. */
    Address in(Register64 row) {
      return Operands.mem(row, offset());
    }
  }

  private static final int ROW_BYTES = 64;

  private final NativeBuffer buffer = new NativeBuffer();
  private MemorySegment rows = MemorySegment.NULL;

  /** Makes place for some rows. */
  void begin(int count) {
    rows = buffer.of((long) count * ROW_BYTES);
  }

  /** Sets a row. */
  void set(int row, AdamWNumbers numbers, double emaDecay, long distance) {
    set(row, Field.CLIP, numbers.clip());
    set(row, Field.KEEP, numbers.keep());
    set(row, Field.BETA1, numbers.beta1());
    set(row, Field.FRESH1, numbers.fresh1());
    set(row, Field.BETA2, numbers.beta2());
    set(row, Field.FRESH2, numbers.fresh2());
    set(row, Field.RATE, numbers.rate());
    set(row, Field.ROOT, numbers.root());
    set(row, Field.EPSILON, numbers.epsilon());
    set(row, Field.OLD, (float) emaDecay);
    set(row, Field.FRESH, (float) (1 - emaDecay));
    rows.set(Tensor.LONG, (long) row * ROW_BYTES + Field.DISTANCE.offset(), distance);
  }

  private void set(int row, Field field, float value) {
    rows.set(Tensor.FLOAT, (long) row * ROW_BYTES + field.offset(), value);
  }

  /** Where a row lies. */
  long address(int row) {
    return rows.address() + (long) row * ROW_BYTES;
  }
}
