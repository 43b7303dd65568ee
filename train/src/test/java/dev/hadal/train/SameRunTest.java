package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.kernels.KernelTier;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The beginning of a whole run has the same bits whatever the kernels and threads. */
class SameRunTest {
  private static void assertSame(int steps, List<KernelTier> tiers, String expected) {
    for (KernelTier tier : tiers) {
      for (int threads = 1; threads <= 2; threads++) {
        WholeRuns.Outcome outcome = WholeRuns.run(tier, threads, steps);
        assertThat(outcome.steps()).isEqualTo(steps);
        assertThat(outcome.hash()).as(outcome.kernels()).isEqualTo(expected);
      }
    }
  }

  @Test
  void aFewStepsAreThoseOfTheReference() {
    WholeRuns.Outcome reference = WholeRuns.run(KernelTier.REFERENCE, 1, 3);
    assertThat(reference.kernels()).startsWith("reference");
    assertSame(3, List.of(KernelTier.VECTOR, KernelTier.AUTO), reference.hash());
  }

  /** Past the point where a step becomes two micro-batches. */
  @Test
  void fortyStepsAreTheSameOnTheOtherTiers() {
    WholeRuns.Outcome first = WholeRuns.run(KernelTier.VECTOR, 1, 40);
    assertSame(40, List.of(KernelTier.VECTOR, KernelTier.AUTO), first.hash());
    assertThat(WholeRuns.run(KernelTier.AUTO, 2, 41).hash()).isNotEqualTo(first.hash());
  }
}
