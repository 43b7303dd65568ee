package dev.hadal.assembler;

import dev.hadal.assembler.InstructionForms.Call;
import java.util.Arrays;
import java.util.Objects;

/** Executes a call in Java: finds its operands in a state, computes, and writes the result back. */
final class Execution {
  private final Call call;
  private final Meaning meaning;
  private final long memoryAddress;

  /**
   * Prepares it.
   *
   * @param memoryAddress where the state's memory lies for the processor
   */
  Execution(Call call, Meaning meaning, long memoryAddress) {
    this.call = call;
    this.meaning = meaning;
    this.memoryAddress = memoryAddress;
  }

  MachineState run(MachineState before) {
    Object destination = call.operands().getFirst();
    byte[] first = null;
    byte[] second = null;
    int immediate = 0;
    for (int i = 1; i < call.operands().size(); i++) {
      switch (call.operands().get(i)) {
        case Integer value -> immediate = value;
        case FloatComparison comparison -> immediate = comparison.code();
        case IntegerComparison comparison -> immediate = comparison.code();
        default -> {
          byte[] source = source(before, i);
          if (first == null) {
            first = source;
          } else {
            second = source;
          }
        }
      }
    }
    byte[] a = Objects.requireNonNull(first);
    byte[] b = second == null ? a : second;
    long mask = mask(before, destination);
    MachineState after = before.copy();
    byte[] result = new byte[resultBytes(destination)];
    byte[] old =
        destination instanceof Destination<?> d
            ? Arrays.copyOf(before.read(d.register()), result.length)
            : new byte[result.length];
    boolean blends = call.form().name().contains("blend");
    meaning
        .body()
        .compute(
            new Meaning.Operation(
                new Lanes(result), new Lanes(old), new Lanes(a), new Lanes(b), immediate, mask));
    write(after, destination, result, blends ? result : old, mask);
    return after;
  }

  private byte[] source(MachineState state, int i) {
    return switch (call.operands().get(i)) {
      case Vector<?> register -> state.read(register);
      case Address address ->
          Arrays.copyOfRange(
              state.memory,
              offset(state, address),
              offset(state, address) + ExecutionCalls.bytes(call, i));
      case Broadcast broadcast -> repeated(state, broadcast, i);
      case GeneralRegister<?> register -> {
        byte[] bytes = new byte[8];
        new Lanes(bytes).set(64, 0, state.general[register.number()]);
        yield bytes;
      }
      case Object other -> throw new IllegalArgumentException("no source: " + other);
    };
  }

  private byte[] repeated(MachineState state, Broadcast broadcast, int i) {
    int element = ExecutionCalls.bytes(call, i);
    int from = offset(state, (Address) broadcast.memory());
    boolean half = call.form().parameters().get(i).contains("H");
    byte[] bytes = new byte[half ? call.form().bytes() / 2 : call.form().bytes()];
    for (int at = 0; at < bytes.length; at += element) {
      System.arraycopy(state.memory, from, bytes, at, element);
    }
    return bytes;
  }

  private int offset(MachineState state, Address address) {
    return Math.toIntExact(state.address(address) - memoryAddress);
  }

  private static long mask(MachineState state, Object destination) {
    return switch (destination) {
      case MaskedVector<?> masked -> state.masks[masked.mask().number()];
      case MaskedMemory masked -> state.masks[masked.mask().number()];
      case MaskedMask masked -> state.masks[masked.mask().number()];
      default -> -1;
    };
  }

  private int resultBytes(Object destination) {
    return switch (destination) {
      case Destination<?> register ->
          call.form().parameters().getFirst().equals("Destination<V>")
                  || !(call.operands().get(1) instanceof Vector<?>)
                  || call.form().parameters().getFirst().equals("Destination<Zmm>")
              ? register.register().bytes()
              : ExecutionCalls.bytes(call, 0);
      case MaskDestination _ -> 8;
      case MemoryDestination _ -> ExecutionCalls.bytes(call, 0);
      case GeneralRegister<?> register -> register.bytes();
      case Object other -> throw new IllegalArgumentException("no destination: " + other);
    };
  }

  private void write(MachineState state, Object destination, byte[] result, byte[] old, long mask) {
    switch (destination) {
      case Vector<?> register -> state.write(register, result);
      case MaskedVector<?> masked -> {
        byte[] other = masked.zeroing() ? new byte[result.length] : old;
        state.write(masked.register(), merged(result, other, mask));
      }
      case Mask register -> state.masks[register.number()] = new Lanes(result).i64(0);
      case MaskedMask masked ->
          state.masks[masked.register().number()] = new Lanes(result).i64(0) & mask;
      case MemoryDestination memory -> {
        int at = offset(state, Objects.requireNonNull(ExecutionCalls.address(memory)));
        byte[] there = Arrays.copyOfRange(state.memory, at, at + result.length);
        System.arraycopy(merged(result, there, mask), 0, state.memory, at, result.length);
      }
      case GeneralRegister<?> register ->
          state.general[register.number()] = new Lanes(Arrays.copyOf(result, 8)).i64(0);
      case Object other -> throw new IllegalArgumentException("no destination: " + other);
    }
  }

  private byte[] merged(byte[] result, byte[] other, long mask) {
    byte[] merged = other.clone();
    int lane = meaning.bits() / 8;
    for (int i = 0; i < result.length / lane; i++) {
      if ((mask >> i & 1) != 0) {
        System.arraycopy(result, i * lane, merged, i * lane, lane);
      }
    }
    return merged;
  }

  /** Where both results are NaN, the found one counts as expected. */
  static void unifyNans(Call call, Meaning meaning, MachineState expected, MachineState found) {
    if (call.operands().getFirst() instanceof Destination<?> destination) {
      int number = destination.register().number();
      Lanes wanted = new Lanes(expected.vectors[number]);
      Lanes got = new Lanes(found.vectors[number]);
      for (int i = 0; i < 512 / meaning.bits(); i++) {
        boolean both =
            meaning.bits() == 32
                ? Float.isNaN(wanted.f32(i)) && Float.isNaN(got.f32(i))
                : Double.isNaN(wanted.f64(i)) && Double.isNaN(got.f64(i));
        if (both) {
          wanted.set(meaning.bits(), i, got.signed(meaning.bits(), i));
        }
      }
    }
  }
}
