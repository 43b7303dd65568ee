package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextPartsTest {
  @Test
  void shortTextIsOnePart() {
    assertThat(ends("")).isEmpty();
    assertThat(ends("a")).containsExactly(1);
    assertThat(ends("a".repeat(25_000))).containsExactly(25_000);
  }

  @Test
  void runsAreCut() {
    assertThat(ends("a".repeat(25_001))).containsExactly(25_000, 25_001);
    assertThat(ends(" ".repeat(50_001))).containsExactly(25_000, 50_000, 50_001);
    assertThat(ends("a ".repeat(25_001))).containsExactly(50_002);
    assertThat(ends("x" + " ".repeat(25_001) + "a")).containsExactly(25_001, 25_003);
    assertThat(ends("x" + "\u001C\u3000\u0085".repeat(8_334)))
        .containsExactly(1 + 8_333 * 6 + 1, 1 + 8_334 * 6);
    assertThat(ends("\uD83D\uDE00".repeat(25_001))).containsExactly(100_000, 100_004);
  }

  @Test
  void textIsCutWhateverItsRuns() {
    assertThat(ends("a ".repeat(200_001))).containsExactly(400_000, 400_002);
    String run = "a".repeat(20_000);
    assertThat(ends("a ".repeat(195_000) + run)).containsExactly(400_000, 410_000);
    assertThat(ends("a ".repeat(195_000) + run + run)).containsExactly(400_000, 425_000, 430_000);
  }

  private static int[] ends(String text) {
    return TextParts.ends(Utf8.encode(text)).toArray();
  }
}
