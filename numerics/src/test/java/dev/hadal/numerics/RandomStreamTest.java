package dev.hadal.numerics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RandomStreamTest {
  /** The known answers that the authors of Philox publish for ten rounds of four words. */
  @Test
  void knownAnswers() {
    check(new int[4], 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    check(new int[] {-1, -1, -1, -1}, -1, -1, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    check(
        new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
        0xa4093822,
        0x299f31d0,
        0xd16cfe09,
        0x94fdcceb,
        0x5001e420,
        0x24126ea1);
  }

  private static void check(int[] words, int key0, int key1, int... expected) {
    RandomStream.encrypt(words, key0, key1);
    assertThat(words).containsExactly(expected);
  }

  @Test
  void bitsAreTheFirstTwoWords() {
    assertThat(new RandomStream(0, 0).bits(0)).isEqualTo(0xe169c58d6627e8d5L);
    assertThat(new RandomStream(-1, -1).bits(-1)).isEqualTo(0x41c83b0e408f276dL);
  }

  @Test
  void seedStreamAndIndexAllMatter() {
    long bits = new RandomStream(1, 2).bits(3);
    assertThat(new RandomStream(1L << 32, 2).bits(3)).isNotEqualTo(bits);
    assertThat(new RandomStream(1, 3).bits(3)).isNotEqualTo(bits);
    assertThat(new RandomStream(1, 2 + (1L << 32)).bits(3)).isNotEqualTo(bits);
    assertThat(new RandomStream(1, 2).bits(3 + (1L << 32))).isNotEqualTo(bits);
    assertThat(new RandomStream(1, 2).bits(3)).isEqualTo(bits);
  }

  @Test
  void boundedNumbersCoverTheirRange() {
    RandomStream stream = new RandomStream(3, 1);
    int[] counts = new int[7];
    for (int i = 0; i < 7000; i++) {
      counts[stream.bounded(i, 7)]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(850, 1150);
    }
    assertThatThrownBy(() -> stream.bounded(0, 0)).hasMessageContaining("above 0, got 0");
  }

  @Test
  void momentsAreThoseOfTheDistributions() {
    RandomStream stream = new RandomStream(42, 7);
    int count = 200_000;
    double uniform = 0;
    double normal = 0;
    double squares = 0;
    for (int i = 0; i < count; i++) {
      double u = stream.uniform(i);
      assertThat(u >= 0 && u < 1).isTrue();
      uniform += u;
      double n = stream.normal(i);
      normal += n;
      squares += n * n;
    }
    assertThat(uniform / count).isBetween(0.495, 0.505);
    assertThat(normal / count).isBetween(-0.01, 0.01);
    assertThat(squares / count).isBetween(0.98, 1.02);
  }
}
