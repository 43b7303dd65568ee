package dev.hadal.assembler;

import static dev.hadal.assembler.Operands.mem;

import java.util.Arrays;
import java.util.Random;

/**
 * What code can see and change: general registers, vector registers, masks and some memory. A test
 * writes one down, lets the processor run an instruction on it, and compares what comes back with
 * what Java makes of the same state.
 */
final class MachineState {
  /** Bytes of memory that operands may lie in; a page that cannot be touched follows them. */
  static final int MEMORY = 4096;

  final long[] general = new long[16];
  final byte[][] vectors = new byte[32][64];
  final long[] masks = new long[8];
  final byte[] memory = new byte[MEMORY];

  static MachineState random(Random random) {
    MachineState state = new MachineState();
    for (int i = 0; i < 16; i++) {
      state.general[i] = random.nextLong();
    }
    for (byte[] vector : state.vectors) {
      random.nextBytes(vector);
    }
    for (int i = 0; i < 8; i++) {
      state.masks[i] = random.nextLong();
    }
    random.nextBytes(state.memory);
    return state;
  }

  MachineState copy() {
    MachineState copy = new MachineState();
    System.arraycopy(general, 0, copy.general, 0, 16);
    for (int i = 0; i < 32; i++) {
      copy.vectors[i] = vectors[i].clone();
    }
    System.arraycopy(masks, 0, copy.masks, 0, 8);
    System.arraycopy(memory, 0, copy.memory, 0, MEMORY);
    return copy;
  }

  /** The register's bytes, as many as it has. */
  byte[] read(Vector<?> register) {
    return Arrays.copyOf(vectors[register.number()], register.bytes());
  }

  /** Writes a register; what is above becomes zero, as the processor does. */
  void write(Vector<?> register, byte[] value) {
    vectors[register.number()] = Arrays.copyOf(value, 64);
  }

  /** What differs between two states, for a message; empty if nothing does. */
  String difference(MachineState other) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      if (general[i] != other.general[i]) {
        text.append(" register %d: %x, %x;".formatted(i, general[i], other.general[i]));
      }
    }
    for (int i = 0; i < 32; i++) {
      int at = Arrays.mismatch(vectors[i], other.vectors[i]);
      if (at >= 0) {
        text.append(
            " vector %d from byte %d: %s, %s;"
                .formatted(i, at, hex(vectors[i], at), hex(other.vectors[i], at)));
      }
    }
    for (int i = 0; i < 8; i++) {
      if (masks[i] != other.masks[i]) {
        text.append(" mask %d: %x, %x;".formatted(i, masks[i], other.masks[i]));
      }
    }
    int at = Arrays.mismatch(memory, other.memory);
    if (at >= 0) {
      text.append(" memory at %d: %s, %s;".formatted(at, hex(memory, at), hex(other.memory, at)));
    }
    return text.toString();
  }

  private static String hex(byte[] bytes, int from) {
    int start = from & -8;
    return java.util.HexFormat.of().formatHex(bytes, start, Math.min(bytes.length, start + 8));
  }

  /** The operand that an address names, by the general registers' values. */
  long address(Address address) {
    Register64 index = address.index();
    long scaled = index == null ? 0 : general[index.number()] * address.scale().factor();
    return general[address.base().number()] + scaled + address.displacement();
  }

  static Address base() {
    return mem(Register64.RDI);
  }
}
