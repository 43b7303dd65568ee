package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.assembler.CodeLoader;
import org.junit.jupiter.api.Test;

class MachineProbeTest {
  @Test
  void limitsAreThoseOfAMachine() {
    try (ThreadTeam team = new SpinningTeam(2)) {
      MachineProbe.Limits limits = MachineProbe.measure(team);
      assertThat(limits.vectorBits()).isBetween(64, 512);
      // A busy machine may not have compiled the loop yet: the number is a plausible one, no more.
      assertThat(limits.flops()).isBetween(1e7, 1e13);
      boolean dots =
          GeneratedProducts.of(CodeLoader.ofThisMachine()).kinds().contains(OperandKind.BFLOAT);
      if (dots) {
        assertThat(limits.dotFlops()).isBetween(limits.flops(), 1e14);
      } else {
        assertThat(limits.dotFlops()).isBetween(0.0, 1e14);
      }
      assertThat(limits.readBytes()).isBetween(1e8, 1e13);
      assertThat(limits.regionSeconds()).isBetween(1e-9, 1e-2);
      assertThat(limits.vectorised()).isTrue();
    }
  }
}
