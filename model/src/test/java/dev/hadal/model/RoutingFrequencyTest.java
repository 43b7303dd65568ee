package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.kernels.Dispatch;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class RoutingFrequencyTest {
  /** Rows of which each goes to the same experts. */
  private static Dispatch rows(int rows, int experts, int... chosen) {
    try (Arena arena = Arena.ofConfined()) {
      int[] index = new int[rows * chosen.length];
      for (int i = 0; i < index.length; i++) {
        index[i] = chosen[i % chosen.length];
      }
      return Dispatch.of(Tensor.ofInts(arena, index, rows, chosen.length), experts);
    }
  }

  @Test
  void aRowCountsHalfAfterAHalfLife() {
    RoutingFrequency frequency = new RoutingFrequency(2, 4);
    frequency.add(0, rows(10, 4, 1));
    frequency.add(1, rows(10, 4, 2));
    assertThat(frequency.of(1, 2)).isEqualTo(10);
    double before = frequency.of(0, 1);
    frequency.add(0, rows(RoutingFrequency.HALF_LIFE, 4, 3));
    frequency.add(1, rows(RoutingFrequency.HALF_LIFE, 4, 3));
    assertThat(frequency.of(0, 1)).isCloseTo(before / 2, within(1e-9));
    assertThat(frequency.of(0, 0)).isZero();
  }

  @Test
  void theColderIsTheOneChosenLessAndOfEqualsTheFirst() {
    RoutingFrequency frequency = new RoutingFrequency(2, 4);
    frequency.add(0, rows(3, 4, 1, 2));
    frequency.add(1, rows(1, 4, 0));
    assertThat(frequency.isColder(1, 0, 0, 1)).isTrue();
    assertThat(frequency.isColder(0, 1, 1, 0)).isFalse();
    assertThat(frequency.isColder(0, 1, 0, 2)).isTrue();
    assertThat(frequency.isColder(0, 2, 0, 1)).isFalse();
    assertThat(frequency.isColder(0, 3, 1, 3)).isTrue();
    assertThat(frequency.isColder(1, 3, 0, 3)).isFalse();
    assertThat(frequency.isColder(0, 1, 0, 1)).isFalse();
  }

  /** Far more rows than the growing unit could hold at once. */
  @Test
  void countsStayWhatTheyAreForAnyNumberOfRows() {
    RoutingFrequency frequency = new RoutingFrequency(1, 4);
    Dispatch often = rows(RoutingFrequency.HALF_LIFE, 4, 1);
    Dispatch always = rows(RoutingFrequency.HALF_LIFE, 4, 2);
    for (int i = 0; i < 2000; i++) {
      frequency.add(0, i % 2 == 0 ? always : often);
    }
    // Every second half-life: n (1 + 1/4 + 1/16 + …), and half of that for the other.
    double limit = RoutingFrequency.HALF_LIFE / 0.75;
    assertThat(frequency.of(0, 1)).isCloseTo(limit, within(1e-9));
    assertThat(frequency.of(0, 2)).isCloseTo(limit / 2, within(1e-9));
    assertThat(frequency.of(0, 3)).isZero();
  }
}
