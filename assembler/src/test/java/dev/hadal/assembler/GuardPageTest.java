package dev.hadal.assembler;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.WriteMask.K1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Masked loads and stores whose other lanes lie in a page that cannot be touched. A processor that
 * touched them would end the JVM.
 */
class GuardPageTest {
  private static Consumer<Assembler> load(int bits, Address from) {
    return switch (bits) {
      case 8 -> a -> a.vmovdqu8(zmm(5).zeroing(K1), from);
      case 16 -> a -> a.vmovdqu16(zmm(5).zeroing(K1), from);
      case 32 -> a -> a.vmovups(zmm(5).zeroing(K1), from);
      default -> a -> a.vmovdqu64(zmm(5).zeroing(K1), from);
    };
  }

  private static Consumer<Assembler> store(int bits, Address to) {
    return switch (bits) {
      case 8 -> a -> a.vmovdqu8(to.merging(K1), zmm(6));
      case 16 -> a -> a.vmovdqu16(to.merging(K1), zmm(6));
      case 32 -> a -> a.vmovups(to.merging(K1), zmm(6));
      default -> a -> a.vmovdqu64(to.merging(K1), zmm(6));
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16, 32, 64})
  void tailsEndAtTheEndOfThePage(int bits) {
    Address address = mem(Register64.RSI, 320);
    assumeThat(CodeLoader.ofThisMachine().obstacle(Set.of())).as("why no code runs").isEmpty();
    try (StateRunner runner = new StateRunner()) {
      assumeThat(runner.processor().present()).contains(CpuFeature.AVX512BW, CpuFeature.AVX512VL);
      for (int lanes = 0; lanes <= 512 / bits; lanes++) {
        int bytes = lanes * bits / 8;
        int at = MachineState.MEMORY - bytes;
        MachineState before = MachineState.random(new Random(lanes));
        before.masks[1] = lanes == 64 ? -1 : (1L << lanes) - 1;
        before.general[Register64.RSI.number()] = runner.memoryAddress() + at - 320;

        MachineState loaded = before.copy();
        byte[] value = Arrays.copyOfRange(before.memory, at, MachineState.MEMORY);
        loaded.write(zmm(5), value);
        MachineState found = runner.run(before, load(bits, address));
        assertThat(loaded.difference(found)).as("load of %d lanes", lanes).isEmpty();

        MachineState stored = before.copy();
        System.arraycopy(before.vectors[6], 0, stored.memory, at, bytes);
        found = runner.run(before, store(bits, address));
        assertThat(stored.difference(found)).as("store of %d lanes", lanes).isEmpty();
      }
    }
  }

  /** The mirror: lanes below the first one that is asked for lie in the page before. */
  @ParameterizedTest
  @ValueSource(ints = {8, 16, 32, 64})
  void headsBeginAtTheBeginningOfThePage(int bits) {
    Address address = mem(Register64.RSI);
    assumeThat(CodeLoader.ofThisMachine().obstacle(Set.of())).as("why no code runs").isEmpty();
    try (StateRunner runner = new StateRunner()) {
      assumeThat(runner.processor().present()).contains(CpuFeature.AVX512BW, CpuFeature.AVX512VL);
      for (int lanes = 0; lanes <= 512 / bits; lanes++) {
        int bytes = lanes * bits / 8;
        MachineState before = MachineState.random(new Random(lanes));
        before.masks[1] = lanes == 0 ? 0 : -1L << (512 / bits - lanes);
        before.general[Register64.RSI.number()] = runner.memoryAddress() + bytes - 64;
        MachineState stored = before.copy();
        System.arraycopy(before.vectors[6], 64 - bytes, stored.memory, 0, bytes);
        MachineState found = runner.run(before, store(bits, address));
        assertThat(stored.difference(found)).as("store of %d lanes", lanes).isEmpty();
      }
    }
  }
}
