package dev.hadal.assembler;

import static dev.hadal.assembler.Operands.mem;

import dev.hadal.assembler.InstructionForms.Call;
import dev.hadal.assembler.InstructionForms.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Calls to be executed: for each operand each kind, with random registers. */
final class ExecutionCalls {
  private static final int[] SPECIAL_IMMEDIATES = {0, 1, 2, 3, 4, 8, 0x10, 0x1B, 0x80, 0xFF};

  private ExecutionCalls() {}

  static List<Call> of(Form form, int rounds, Random random) {
    List<Call> calls = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      // Destinations: whole, merging, zeroing. Sources: register, memory, broadcast.
      for (int guard = 0; guard < (form.isMasked() ? 3 : 1); guard++) {
        for (int source = 0; source < 3; source++) {
          for (int highest : new int[] {16, 32}) {
            List<Object> operands = new ArrayList<>();
            for (String type : form.parameters()) {
              operands.add(operand(form, type, guard, source, highest, random));
            }
            calls.add(new Call(form, operands));
          }
        }
      }
    }
    return calls;
  }

  private static Object operand(
      Form form, String type, int guard, int source, int highest, Random random) {
    int half = Math.max(16, form.bytes() / 2);
    int number = random.nextInt(highest);
    WriteMask mask = OperandPools.pick(WriteMask.values(), random);
    return switch (type) {
      case "V" -> OperandPools.vector(form.bytes(), number);
      case "Xmm" -> OperandPools.vector(16, number);
      case "Ymm" -> OperandPools.vector(32, number);
      case "Zmm" -> OperandPools.vector(64, number);
      case "Destination<V>" -> guarded(form.bytes(), number, guard, mask);
      case "Destination<H>" -> guarded(half, number, guard, mask);
      case "Destination<Xmm>" -> guarded(16, number, guard, mask);
      case "Destination<Ymm>" -> guarded(32, number, guard, mask);
      case "Destination<Zmm>" -> guarded(64, number, guard, mask);
      case "Operand<? super V>" ->
          source == 2 ? memory(random).broadcast() : source(form.bytes(), number, source, random);
      case "Operand<? super H>" ->
          source == 2 ? memory(random).broadcast() : source(half, number, source, random);
      case "RegisterOrMemory<? super V>" -> source(form.bytes(), number, source, random);
      case "RegisterOrMemory<? super H>" -> source(half, number, source, random);
      case "RegisterOrMemory<? super Xmm>" -> source(16, number, source, random);
      case "RegisterOrMemory<? super Ymm>" -> source(32, number, source, random);
      case "Memory" -> memory(random);
      case "MemoryDestination" -> guard == 0 ? memory(random) : memory(random).merging(mask);
      case "MaskDestination" -> {
        Mask register = random.nextInt(8) == 0 ? ZeroMask.K0 : mask;
        yield guard == 0 ? register : register.where(OperandPools.pick(WriteMask.values(), random));
      }
      case "Register32" -> OperandPools.pick(Register32.values(), random);
      case "Register64" -> OperandPools.pick(Register64.values(), random);
      case "FloatComparison" -> OperandPools.pick(FloatComparison.values(), random);
      case "IntegerComparison" -> OperandPools.pick(IntegerComparison.values(), random);
      case "int" ->
          random.nextBoolean()
              ? SPECIAL_IMMEDIATES[random.nextInt(SPECIAL_IMMEDIATES.length)]
              : random.nextInt(256);
      default -> throw new IllegalArgumentException("no operands of type " + type);
    };
  }

  private static Destination<?> guarded(int bytes, int number, int guard, WriteMask mask) {
    Vector<?> register = OperandPools.vector(bytes, number);
    return switch (guard) {
      case 0 -> register;
      case 1 -> register.merging(mask);
      default -> register.zeroing(mask);
    };
  }

  private static Object source(int bytes, int number, int source, Random random) {
    return source == 0 ? OperandPools.vector(bytes, number) : memory(random);
  }

  /** With displacements that EVEX can compress, and such that it cannot. */
  private static Address memory(Random random) {
    Register64 base = OperandPools.pick(Register64.values(), random);
    Address address = mem(base);
    if (random.nextBoolean()) {
      Register64 index = OperandPools.pick(Register64.values(), random);
      if (index != base) {
        address = address.plus(index, OperandPools.pick(Scale.values(), random));
      }
    }
    return switch (random.nextInt(4)) {
      case 0 -> address;
      case 1 -> address.plus(random.nextInt(256) - 128);
      case 2 -> address.plus(64 * (random.nextInt(512) - 256));
      default -> address.plus(random.nextInt());
    };
  }

  /** Points the operand in memory at the memory: to its end, or to a multiple of 64 bytes. */
  static void place(Call call, MachineState state, long memory, Random random) {
    for (int i = 0; i < call.operands().size(); i++) {
      Address address = address(call.operands().get(i));
      if (address == null) {
        continue;
      }
      int bytes = bytes(call, i);
      long target =
          memory
              + (random.nextBoolean()
                  ? MachineState.MEMORY - bytes
                  : 64L * random.nextInt(MachineState.MEMORY / 64));
      Register64 index = address.index();
      if (index != null) {
        state.general[index.number()] = random.nextInt(1 << 20) - (1L << 19);
      }
      long now = state.address(address);
      state.general[address.base().number()] += target - now;
    }
  }

  /** How many bytes an operand in memory has. */
  static int bytes(Call call, int i) {
    return call.operands().get(i) instanceof Broadcast
        ? ExpectedText.element(call.form().name())
        : ExpectedText.memoryBytes(call, i);
  }

  @org.jspecify.annotations.Nullable
  static Address address(Object operand) {
    return switch (operand) {
      case Address address -> address;
      case Broadcast broadcast when broadcast.memory() instanceof Address address -> address;
      case MaskedMemory masked when masked.memory() instanceof Address address -> address;
      default -> null;
    };
  }
}
