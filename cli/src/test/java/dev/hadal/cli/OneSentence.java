package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

/** What every refusal must be, however hostile the bytes: short, on one line, naming the file. */
final class OneSentence {
  private OneSentence() {}

  static void require(RuntimeException refused, String start) {
    assertThat(refused)
        .message()
        .startsWith(start)
        .hasSizeLessThan(1000)
        .doesNotContainPattern("\\p{Cntrl}");
  }
}
