package dev.hadal.assembler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Bytes of code in the making, with the places that still need the distance to a label. */
final class CodeBuffer {
  /** A kernel is a few kilobytes; more than this is a loop that unrolls without end. */
  static final int LIMIT = 1 << 20;

  private record Distance(int at, int end, Label target, int offset) {}

  private final List<Distance> distances = new ArrayList<>();
  private byte[] bytes = new byte[1024];
  private int size;

  int size() {
    return size;
  }

  void putByte(int value) {
    if (size == bytes.length) {
      if (size == LIMIT) {
        throw new AssemblerException("The code is longer than " + LIMIT + " bytes");
      }
      bytes = Arrays.copyOf(bytes, Math.min(LIMIT, 2 * size));
    }
    bytes[size++] = (byte) value;
  }

  void putInt(int value) {
    for (int shift = 0; shift < 32; shift += 8) {
      putByte(value >> shift);
    }
  }

  void putLong(long value) {
    putInt((int) value);
    putInt((int) (value >> 32));
  }

  void put(byte[] values) {
    for (byte value : values) {
      putByte(value);
    }
  }

  /**
   * Four bytes that will hold the distance to a label.
   *
   * @param following bytes of the instruction after these four: distances count from its end
   * @param offset bytes to add
   */
  void putDistance(Label target, int following, int offset) {
    requireOwn(target);
    distances.add(new Distance(size, size + 4 + following, target, offset));
    putInt(0);
  }

  Label requireOwn(Label label) {
    if (!label.belongsTo(this)) {
      throw new AssemblerException("The label at byte " + size + " belongs to other code");
    }
    return label;
  }

  /** The finished bytes. */
  byte[] finish() {
    byte[] finished = Arrays.copyOf(bytes, size);
    for (Distance distance : distances) {
      if (!distance.target.isBound()) {
        throw new AssemblerException("Byte " + distance.at + " needs a label that is not bound");
      }
      int value = distance.target.position() + distance.offset - distance.end;
      for (int i = 0; i < 4; i++) {
        finished[distance.at + i] = (byte) (value >> (8 * i));
      }
    }
    return finished;
  }
}
