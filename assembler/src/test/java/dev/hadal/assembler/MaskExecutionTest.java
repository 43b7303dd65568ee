package dev.hadal.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hadal.assembler.InstructionForms.Call;
import dev.hadal.assembler.InstructionForms.Form;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Instructions on masks against their meaning in Java. */
class MaskExecutionTest {
  private static final long SEED = Long.getLong("hadal.test.seed", 20261126);
  private static final int ROUNDS = 12;

  @Test
  void masksMeanWhatJavaSays() {
    System.out.println("hadal.test.seed=" + SEED);
    Random random = new Random(SEED);
    assumeThat(CodeLoader.ofThisMachine().obstacle(Set.of())).as("why no code runs").isEmpty();
    try (StateRunner runner = new StateRunner()) {
      assumeThat(runner.processor().present()).contains(CpuFeature.AVX512BW);
      for (Form form : InstructionForms.of(MaskInstructions.class)) {
        if (form.name().startsWith("kortest")) {
          continue; // FlowTest
        }
        for (int round = 0; round < ROUNDS; round++) {
          Call call = new Call(form, operands(form, random));
          MachineState before = StateFiller.fill(random);
          ExecutionCalls.place(call, before, runner.memoryAddress(), random);
          MachineState expected = expected(call, before, runner.memoryAddress());
          MachineState found = runner.run(before, call::emit);
          assertThat(expected.difference(found)).as(call.toString()).isEmpty();
        }
      }
    }
  }

  private static List<Object> operands(Form form, Random random) {
    return form.parameters().stream()
        .map(
            type ->
                switch (type) {
                  case "Mask" ->
                      (Object)
                          (random.nextInt(8) == 0
                              ? ZeroMask.K0
                              : OperandPools.pick(WriteMask.values(), random));
                  case "Memory" ->
                      Operands.mem(
                          OperandPools.pick(Register64.values(), random), random.nextInt(300));
                  case "Register32" -> OperandPools.pick(Register32.values(), random);
                  case "Register64" -> OperandPools.pick(Register64.values(), random);
                  case "int" -> random.nextInt(80);
                  default -> throw new IllegalArgumentException(type);
                })
        .toList();
  }

  private static MachineState expected(Call call, MachineState before, long memory) {
    String name = call.form().name();
    int bits = ExpectedText.maskBits(name);
    List<Object> operands = call.operands();
    MachineState after = before.copy();
    long a = value(operands.get(1), before, memory);
    long b = value(operands.getLast(), before, memory);
    long result =
        switch (name.substring(0, name.length() - 1)) {
          case "kmov" -> a;
          case "kand" -> a & b;
          case "kandn" -> ~a & b;
          case "kor" -> a | b;
          case "kxor" -> a ^ b;
          case "kxnor" -> ~(a ^ b);
          case "knot" -> ~a;
          case "kshiftl" -> b < bits ? a << b : 0;
          case "kshiftr" -> b < bits ? (a & ones(bits)) >>> b : 0;
          default -> throw new IllegalArgumentException(name);
        };
    result &= ones(bits);
    switch (operands.getFirst()) {
      case Mask mask -> after.masks[mask.number()] = result;
      case GeneralRegister<?> register -> after.general[register.number()] = result;
      case Address address -> {
        int at = (int) (before.address(address) - memory);
        for (int i = 0; i < bits / 8; i++) {
          after.memory[at + i] = (byte) (result >>> (8 * i));
        }
      }
      case Object other -> throw new IllegalArgumentException(other.toString());
    }
    return after;
  }

  private static long ones(int bits) {
    return bits == 64 ? -1 : (1L << bits) - 1;
  }

  private static long value(Object operand, MachineState state, long memory) {
    return switch (operand) {
      case Mask mask -> state.masks[mask.number()];
      case GeneralRegister<?> register -> state.general[register.number()];
      case Integer value -> value;
      case Address address -> {
        int at = (int) (state.address(Objects.requireNonNull(address)) - memory);
        long value = 0;
        for (int i = 0; i < 8 && at + i < state.memory.length; i++) {
          value |= (state.memory[at + i] & 0xFFL) << (8 * i);
        }
        yield value;
      }
      default -> throw new IllegalArgumentException(operand.toString());
    };
  }
}
