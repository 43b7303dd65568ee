package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
  private static final List<String> WORDS = List.of("--top-k", "--top-p", "--threads", "--json");

  @Test
  void aSlipFindsItsWord() {
    assertThat(Nearest.of("--thread", WORDS)).contains("--threads");
    assertThat(Nearest.of("--thraeds", WORDS)).contains("--threads");
    assertThat(Nearest.of("--jsn", WORDS)).contains("--json");
  }

  @Test
  void ofEquallyNearWordsTheFirstInTheAlphabet() {
    assertThat(Nearest.of("--top-x", WORDS)).contains("--top-k");
  }

  @Test
  void anythingElseFindsNone() {
    assertThat(Nearest.of("--unrelated", WORDS)).isEmpty();
  }

  @Test
  void aSwapIsOneChange() {
    assertThat(Nearest.distance("ab", "ba")).isOne();
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
    assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
  }
}
