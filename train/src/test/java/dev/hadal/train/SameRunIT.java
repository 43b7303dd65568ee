package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.kernels.KernelTier;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A whole run has the same bits whatever the kernels and threads. Takes longer than ./check allows:
 * CONTRIBUTING.md says how it is run.
 */
class SameRunIT {
  @Test
  void threeHundredStepsAreTheSameOnEveryTierAndNumberOfThreads() {
    WholeRuns.Outcome first = WholeRuns.run(KernelTier.VECTOR, 1, WholeRuns.STEPS);
    assertThat(first.steps()).isEqualTo(WholeRuns.STEPS);
    assertThat(first.loss()).isLessThan(1.5);
    System.out.println(first);
    for (KernelTier tier : List.of(KernelTier.VECTOR, KernelTier.GENERATED)) {
      for (int threads = 1; threads <= 2; threads++) {
        WholeRuns.Outcome outcome = WholeRuns.run(tier, threads, WholeRuns.STEPS);
        System.out.println(outcome);
        assertThat(outcome.hash()).as(outcome.kernels()).isEqualTo(first.hash());
      }
    }
  }
}
