package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MachineProbeTest {
  @Test
  void limitsAreThoseOfAMachine() {
    try (ThreadTeam team = new SpinningTeam(2)) {
      MachineProbe.Limits limits = MachineProbe.measure(team);
      assertThat(limits.vectorBits()).isEqualTo(32 * Simd.WIDTH);
      assertThat(limits.flops()).isBetween(1e9, 1e13);
      assertThat(limits.readBytes()).isBetween(1e8, 1e13);
      assertThat(limits.regionSeconds()).isBetween(1e-9, 1e-2);
      assertThat(limits.vectorised()).isTrue();
    }
  }
}
