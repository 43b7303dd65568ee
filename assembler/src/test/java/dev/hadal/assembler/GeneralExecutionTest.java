package dev.hadal.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hadal.assembler.InstructionForms.Call;
import dev.hadal.assembler.InstructionForms.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * General instructions against their meaning in Java; those that set flags only are in FlowTest.
 */
class GeneralExecutionTest {
  private static final long SEED = Long.getLong("hadal.test.seed", 20261128);
  private static final int ROUNDS = 20;
  private static final Set<String> ELSEWHERE = Set.of("cmp", "test", "cmov", "cpuid", "xgetbv");

  @Test
  void registersHoldWhatJavaSays() {
    System.out.println("hadal.test.seed=" + SEED);
    Random random = new Random(SEED);
    assumeThat(CodeLoader.ofThisMachine().obstacle(Set.of())).as("why no code runs").isEmpty();
    try (StateRunner runner = new StateRunner()) {
      for (Form form : InstructionForms.of(GeneralInstructions.class)) {
        if (ELSEWHERE.contains(form.name()) || form.parameters().contains("StackPointer")) {
          continue;
        }
        for (int round = 0; round < ROUNDS; round++) {
          Call call = new Call(form, operands(form, random));
          Assembler a = new Assembler();
          call.emit(a);
          if (runner.processor().present().containsAll(a.finish().required())) {
            check(runner, call, random);
          } else {
            System.out.println("skipped: " + form + ", no " + a.finish().required());
          }
        }
      }
    }
  }

  private static void check(StateRunner runner, Call call, Random random) {
    MachineState before = StateFiller.fill(random);
    for (Object operand : call.operands()) {
      if (operand instanceof Address address) {
        long target = runner.memoryAddress() + random.nextInt(MachineState.MEMORY - 8);
        before.general[address.base().number()] += target - before.address(address);
      }
    }
    if (call.form().name().equals("push")) {
      Register64 register = (Register64) call.operands().getFirst();
      MachineState found =
          runner.run(
              before,
              a -> {
                a.push(register);
                a.xor(register, register);
                a.sub(StackPointer.RSP, 1000);
                a.add(StackPointer.RSP, 1000);
                a.pop(register);
              });
      assertThat(before.difference(found)).as(call.toString()).isEmpty();
      return;
    }
    if (call.form().name().equals("pop")) {
      return;
    }
    MachineState expected = expected(call, before, runner.memoryAddress());
    MachineState found = runner.run(before, call::emit);
    assertThat(expected.difference(found)).as(call.toString()).isEmpty();
  }

  private static List<Object> operands(Form form, Random random) {
    List<Object> operands = new ArrayList<>();
    int bytes = form.bytes() != 0 ? form.bytes() : random.nextBoolean() ? 8 : 4;
    for (String type : form.parameters()) {
      operands.add(
          switch (type) {
            case "R", "GeneralRegister<?>" -> register(bytes, random);
            case "Register32" -> register(4, random);
            case "Register64" -> register(8, random);
            case "Memory" ->
                Operands.mem((Register64) register(8, random), random.nextInt(600) - 300);
            case "int" -> {
              if (form.name().matches("shl|shr|sar")) {
                yield random.nextInt(8 * bytes);
              }
              List<Object> values = OperandPools.values(form.name());
              yield values.get(random.nextInt(values.size()));
            }
            case "long" ->
                random.nextBoolean()
                    ? (Object) random.nextLong()
                    : (Object) (long) random.nextInt();
            default -> throw new IllegalArgumentException(type);
          });
    }
    return operands;
  }

  private static Object register(int bytes, Random random) {
    int i = random.nextInt(15);
    return bytes == 8 ? List.of(Register64.values()).get(i) : List.of(Register32.values()).get(i);
  }

  private static MachineState expected(Call call, MachineState before, long memory) {
    String name = call.form().name();
    MachineState after = before.copy();
    if (name.startsWith("prefetch")) {
      return after;
    }
    List<Object> operands = call.operands();
    Object first = operands.getFirst();
    if (first instanceof Address address) {
      GeneralRegister<?> register = (GeneralRegister<?>) operands.get(1);
      int at = (int) (before.address(address) - memory);
      for (int i = 0; i < register.bytes(); i++) {
        after.memory[at + i] = (byte) (before.general[register.number()] >> (8 * i));
      }
      return after;
    }
    GeneralRegister<?> d = (GeneralRegister<?>) first;
    int bits = 8 * d.bytes();
    long old = cut(before.general[d.number()], bits);
    long a = operands.size() < 2 ? 0 : value(operands.get(1), before, memory, bits);
    long b = operands.size() < 3 ? a : value(operands.get(2), before, memory, bits);
    int count = (int) (b & (bits - 1));
    long result =
        switch (name) {
          case "mov" -> a;
          case "lea" -> before.address((Address) operands.get(1));
          case "add" -> old + a;
          case "sub" -> old - a;
          case "and" -> old & a;
          case "or" -> old | a;
          case "xor" -> old ^ a;
          case "imul" -> operands.size() == 3 ? a * b : old * a;
          case "inc" -> old + 1;
          case "dec" -> old - 1;
          case "neg" -> -old;
          case "shl" -> old << count;
          case "shr" -> old >>> count;
          case "sar" -> signed(old, bits) >> count;
          case "shlx" -> a << count;
          case "shrx" -> a >>> count;
          case "sarx" -> signed(a, bits) >> count;
          case "bzhi" -> (b & 255) < bits ? a & ((1L << (b & 255)) - 1) : a;
          default -> throw new IllegalArgumentException(name);
        };
    after.general[d.number()] = cut(result, bits);
    return after;
  }

  private static long cut(long value, int bits) {
    return bits == 64 ? value : value & 0xFFFF_FFFFL;
  }

  private static long signed(long value, int bits) {
    return bits == 64 ? value : (int) value;
  }

  private static long value(Object operand, MachineState state, long memory, int bits) {
    return switch (operand) {
      case GeneralRegister<?> register -> cut(state.general[register.number()], bits);
      case Integer value -> cut(value, bits);
      case Long value -> value;
      case Address address -> {
        long offset = state.address(address) - memory;
        long value = 0;
        // lea names addresses that nothing lies at.
        for (int i = 0; i < bits / 8 && offset >= 0 && offset + i < state.memory.length; i++) {
          value |= (state.memory[(int) offset + i] & 0xFFL) << (8 * i);
        }
        yield value;
      }
      default -> throw new IllegalArgumentException(operand.toString());
    };
  }
}
