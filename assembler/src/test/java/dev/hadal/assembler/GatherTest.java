package dev.hadal.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gathers read only where the mask is 1, keep the other lanes, and clear the mask. */
class GatherTest {
  private static final long SEED = Long.getLong("hadal.test.seed", 20261127);

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64})
  void lanesComeFromTheirOwnAddresses(int bytes) {
    System.out.println("hadal.test.seed=" + SEED);
    Random random = new Random(SEED);
    assumeThat(CodeLoader.ofThisMachine().obstacle(Set.of())).as("why no code runs").isEmpty();
    try (StateRunner runner = new StateRunner()) {
      assumeThat(runner.processor().present())
          .contains(CpuFeature.AVX512F, CpuFeature.AVX512VL, CpuFeature.AVX512BW);
      for (int round = 0; round < 60; round++) {
        int d = random.nextInt(32);
        int index = (d + 1 + random.nextInt(31)) % 32;
        WriteMask mask = OperandPools.pick(WriteMask.values(), random);
        Scale scale = OperandPools.pick(Scale.values(), random);
        Register64 base = OperandPools.pick(Register64.values(), random);
        Address start = Operands.mem(base, random.nextInt(1000) - 500);
        MachineState before = StateFiller.fill(random);
        before.general[base.number()] =
            runner.memoryAddress() + MachineState.MEMORY / 2 - start.displacement();
        MachineState expected = before.copy();
        Lanes indices = new Lanes(before.vectors[index]);
        byte[] result = before.read(OperandPools.vector(bytes, d));
        for (int lane = 0; lane < bytes / 4; lane++) {
          if ((before.masks[mask.number()] >> lane & 1) != 0) {
            // From the first byte to the last four: beyond them is no memory.
            int offset = (random.nextInt(4) - 2) * 1020 / scale.factor();
            indices.set(32, lane, offset);
            int at = MachineState.MEMORY / 2 + offset * scale.factor();
            System.arraycopy(before.memory, at, result, 4 * lane, 4);
          }
        }
        expected.vectors[index] = before.vectors[index].clone();
        expected.write(OperandPools.vector(bytes, d), result);
        expected.masks[mask.number()] = 0;
        boolean floats = random.nextBoolean();
        MachineState found =
            runner.run(before, a -> gather(a, floats, bytes, d, mask, start, index, scale));
        assertThat(expected.difference(found)).as("round %d", round).isEmpty();
      }
    }
  }

  private static void gather(
      Assembler a,
      boolean floats,
      int bytes,
      int d,
      WriteMask mask,
      Address start,
      int index,
      Scale scale) {
    switch (bytes) {
      case 16 -> gather(a, floats, new Xmm(d), mask, start.plus(new Xmm(index), scale));
      case 32 -> gather(a, floats, new Ymm(d), mask, start.plus(new Ymm(index), scale));
      default -> gather(a, floats, new Zmm(d), mask, start.plus(new Zmm(index), scale));
    }
  }

  private static <V extends Vector<V>> void gather(
      Assembler a, boolean floats, V d, WriteMask mask, VectorAddress<V> address) {
    if (floats) {
      a.vgatherdps(d, mask, address);
    } else {
      a.vpgatherdd(d, mask, address);
    }
  }
}
