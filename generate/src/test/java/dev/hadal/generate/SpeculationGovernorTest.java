package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SpeculationGovernorTest {
  /** Steps until the governor has its opinion. */
  private static SpeculationGovernor measured(double with, double without, int hitsOfTen) {
    SpeculationGovernor governor = new SpeculationGovernor();
    for (int step = 0; step < 200 && !governor.paused(); step++) {
      if (governor.probe()) {
        governor.plain(1, without);
      } else {
        governor.speculative(1, with, 1, step % 10 < hitsOfTen ? 1 : 0);
      }
    }
    return governor;
  }

  @Test
  void goesOnWhileDraftsPay() {
    SpeculationGovernor governor = measured(1.2, 1, 8);
    assertThat(governor.paused()).isFalse();
    assertThat(governor.gain().orElseThrow()).isCloseTo(1.8 / 1.2, within(0.05));
    assertThat(governor.admit()).isTrue();
  }

  @Test
  void pausesWhereTheyDoNotAndTriesAgain() {
    SpeculationGovernor governor = measured(2, 1, 5);
    assertThat(governor.paused()).isTrue();
    int refused = 0;
    while (!governor.admit()) {
      refused++;
    }
    assertThat(refused).isEqualTo(63);
    assertThat(governor.paused()).isFalse();
    assertThat(governor.gain()).isEmpty();
  }

  @Test
  void stepsOfOtherSizesAreNotCompared() {
    SpeculationGovernor governor = new SpeculationGovernor();
    governor.speculative(4, 1, 4, 4);
    governor.plain(3, 1);
    assertThat(governor.gain()).isEmpty();
  }
}
