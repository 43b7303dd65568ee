package dev.hadal.assembler;

import static dev.hadal.assembler.Operands.mem;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** For each type of parameter the operands that the sweep goes through. */
final class OperandPools {
  private static final int[] NUMBERS = {0, 1, 6, 7, 8, 9, 14, 15, 16, 17, 23, 24, 31};
  private static final int[] DISPLACEMENTS = {
    1,
    -1,
    2,
    4,
    -4,
    8,
    16,
    32,
    64,
    -64,
    127,
    128,
    -128,
    -129,
    256,
    504,
    508,
    512,
    1016,
    2032,
    4064,
    8128,
    8192,
    -8192,
    -8256,
    0x12345678,
    -0x7FFFFFFF
  };
  private static final int[] IMMEDIATES = {0, 1, 2, 7, 31, 0x4E, 0x7F, 0x80, 0xCA, 0xFF};
  private static final Integer[] VALUES = {
    0, 1, -1, 5, 127, 128, -128, -129, 0x12345678, Integer.MIN_VALUE, Integer.MAX_VALUE
  };

  private OperandPools() {}

  /** The vector register of a width. */
  static Vector<?> vector(int bytes, int number) {
    return switch (bytes) {
      case 16 -> new Xmm(number);
      case 32 -> new Ymm(number);
      case 64 -> new Zmm(number);
      default -> throw new IllegalArgumentException("bytes: " + bytes);
    };
  }

  /** Any of some values. */
  static <T> T pick(T[] values, Random random) {
    return values[random.nextInt(values.length)];
  }

  private static Scale scale(int turn) {
    return List.of(Scale.values()).get(turn % 4);
  }

  static List<Object> of(String type, int bytes, Label label) {
    int half = Math.max(16, bytes / 2);
    return switch (type) {
      case "V" -> vectors(bytes);
      case "Xmm" -> vectors(16);
      case "Ymm" -> vectors(32);
      case "Zmm" -> vectors(64);
      case "Destination<V>" -> destinations(bytes);
      case "Destination<H>" -> destinations(half);
      case "Destination<Xmm>" -> destinations(16);
      case "Destination<Ymm>" -> destinations(32);
      case "Destination<Zmm>" -> destinations(64);
      case "Operand<? super V>" -> join(join(vectors(bytes), memories(label)), broadcasts(label));
      case "Operand<? super H>" -> join(join(vectors(half), memories(label)), broadcasts(label));
      case "RegisterOrMemory<? super V>" -> join(vectors(bytes), memories(label));
      case "RegisterOrMemory<? super H>" -> join(vectors(half), memories(label));
      case "RegisterOrMemory<? super Xmm>" -> join(vectors(16), memories(label));
      case "RegisterOrMemory<? super Ymm>" -> join(vectors(32), memories(label));
      case "Memory" -> memories(label);
      case "MemoryDestination" -> join(memories(label), maskedMemories());
      case "VectorAddress<V>" -> vectorAddresses(bytes);
      case "Mask" -> masks();
      case "WriteMask" -> List.of((Object[]) WriteMask.values());
      case "MaskDestination" -> join(masks(), maskedMasks());
      case "R", "GeneralRegister<?>" -> general(bytes);
      case "Register32" -> List.of((Object[]) Register32.values());
      case "Register64" -> List.of((Object[]) Register64.values());
      case "StackPointer" -> List.of(StackPointer.RSP);
      case "FloatComparison" -> List.of((Object[]) FloatComparison.values());
      case "IntegerComparison" -> List.of((Object[]) IntegerComparison.values());
      case "Condition" -> List.of((Object[]) Condition.values());
      case "int" -> IntStream.of(IMMEDIATES).<Object>mapToObj(i -> i).toList();
      case "long" ->
          List.of(0L, 1L, -1L, 0x7FFFFFFFL, 0xFFFFFFFFL, 1L << 32, -0x80000000L, Long.MIN_VALUE);
      default -> throw new IllegalArgumentException("no operands of type " + type);
    };
  }

  /** Immediates of general instructions: signed, one byte or four; counts of shifts. */
  static List<Object> values(String name) {
    return name.matches("shl|shr|sar") ? List.of(0, 2, 5, 31) : List.of((Object[]) VALUES);
  }

  private static List<Object> general(int bytes) {
    return switch (bytes) {
      case 4 -> List.of((Object[]) Register32.values());
      case 8 -> List.of((Object[]) Register64.values());
      default ->
          join(List.of((Object[]) Register32.values()), List.of((Object[]) Register64.values()));
    };
  }

  private static List<Object> vectors(int bytes) {
    return IntStream.of(NUMBERS).<Object>mapToObj(number -> vector(bytes, number)).toList();
  }

  private static List<Object> destinations(int bytes) {
    List<Object> pool = new ArrayList<>(vectors(bytes));
    for (WriteMask mask : WriteMask.values()) {
      int number = NUMBERS[mask.number()];
      pool.add(vector(bytes, number).merging(mask));
      pool.add(vector(bytes, 31 - number).zeroing(mask));
    }
    return pool;
  }

  private static List<Object> memories(Label label) {
    List<Object> pool = new ArrayList<>();
    List<AddressBase> bases = new ArrayList<>(List.of(Register64.values()));
    bases.add(StackPointer.RSP);
    for (AddressBase base : bases) {
      pool.add(mem(base));
      pool.add(mem(base, 64));
      pool.add(mem(base, -8).plus(Register64.RCX, Scale.BY_2));
    }
    int turn = 0;
    for (Register64 index : Register64.values()) {
      pool.add(mem(Register64.R12, index, scale(turn++)));
      pool.add(mem(Register64.RBP, index, scale(turn++)).plus(256));
    }
    for (int displacement : DISPLACEMENTS) {
      pool.add(mem(Register64.RSI).plus(displacement));
    }
    pool.add(mem(label));
    pool.add(mem(label).plus(64));
    pool.add(mem(label).plus(-7));
    return pool;
  }

  private static List<Object> broadcasts(Label label) {
    return memories(label).stream().<Object>map(memory -> ((Memory) memory).broadcast()).toList();
  }

  private static List<Object> maskedMemories() {
    return Arrays.stream(WriteMask.values())
        .<Object>map(mask -> mem(Register64.RDI, 64 * mask.number()).merging(mask))
        .toList();
  }

  private static List<Object> vectorAddresses(int bytes) {
    List<Object> pool = new ArrayList<>();
    int turn = 0;
    for (int number : NUMBERS) {
      pool.add(address(mem(Register64.RSI, 4 * turn), bytes, number, turn++));
    }
    for (Register64 base : Register64.values()) {
      pool.add(address(mem(base, 512), bytes, 29, turn++));
    }
    pool.add(address(mem(StackPointer.RSP), bytes, 3, 2));
    return pool;
  }

  private static VectorAddress<?> address(Address start, int bytes, int number, int turn) {
    Scale scale = scale(turn);
    return switch (vector(bytes, number)) {
      case Xmm index -> start.plus(index, scale);
      case Ymm index -> start.plus(index, scale);
      case Zmm index -> start.plus(index, scale);
    };
  }

  private static List<Object> masks() {
    return join(List.of(ZeroMask.K0), List.of((Object[]) WriteMask.values()));
  }

  private static List<Object> maskedMasks() {
    List<Object> pool = new ArrayList<>();
    for (WriteMask mask : WriteMask.values()) {
      pool.add(ZeroMask.K0.where(mask));
      pool.add(WriteMask.K5.where(mask));
    }
    return pool;
  }

  private static List<Object> join(List<Object> first, List<Object> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }
}
