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
    assertThat(frequency.of(0, 1)).isZero();
    frequency.add(0, rows(RoutingFrequency.HALF_LIFE, 4, 3));
    assertThat(frequency.of(0, 1)).isEqualTo(10);
    assertThat(frequency.of(1, 2)).isEqualTo(10);
    frequency.add(1, rows(RoutingFrequency.HALF_LIFE, 4, 3));
    frequency.add(0, rows(1, 4, 0));
    assertThat(frequency.of(0, 1)).isCloseTo(5, within(1e-9));
    assertThat(frequency.of(0, 3)).isEqualTo(RoutingFrequency.HALF_LIFE);
    assertThat(frequency.of(0, 0)).isZero();
  }

  @Test
  void theColderIsTheOneChosenLessAndOfEqualsTheFirst() {
    RoutingFrequency frequency = new RoutingFrequency(2, 4);
    frequency.add(0, rows(3, 4, 1, 2));
    frequency.add(1, rows(1, 4, 0));
    for (int pass = 0; pass < 2; pass++) {
      assertThat(frequency.isColder(1, 0, 0, 1)).isTrue();
      assertThat(frequency.isColder(0, 1, 1, 0)).isFalse();
      assertThat(frequency.isColder(0, 1, 0, 2)).isTrue();
      assertThat(frequency.isColder(0, 2, 0, 1)).isFalse();
      assertThat(frequency.isColder(0, 3, 1, 3)).isTrue();
      assertThat(frequency.isColder(1, 3, 0, 3)).isFalse();
      assertThat(frequency.isColder(0, 1, 0, 1)).isFalse();
      // The second time by what has become count, with nothing of the present pass.
      frequency.add(0, rows(1, 4, 0));
    }
  }

  /** The layers to come have not been asked yet, which must not make their experts look cold. */
  @Test
  void withinAPassEarlierRowsDecide() {
    RoutingFrequency frequency = new RoutingFrequency(2, 4);
    frequency.add(0, rows(2, 4, 1));
    frequency.add(1, rows(3, 4, 2));
    frequency.add(0, rows(100, 4, 1));
    assertThat(frequency.isColder(0, 1, 1, 2)).isTrue();
    frequency.add(1, rows(1, 4, 2));
    assertThat(frequency.isColder(0, 1, 1, 2)).isTrue();
    frequency.add(1, rows(1, 4, 2));
    assertThat(frequency.isColder(1, 2, 0, 1)).isTrue();
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
    frequency.add(0, rows(1, 4, 0));
    // Every second half-life: n (1 + 1/4 + 1/16 + …), and half of that for the other.
    double limit = RoutingFrequency.HALF_LIFE / 0.75;
    assertThat(frequency.of(0, 1)).isCloseTo(limit, within(1e-9));
    assertThat(frequency.of(0, 2)).isCloseTo(limit / 2, within(1e-9));
    assertThat(frequency.of(0, 3)).isZero();
  }
}
