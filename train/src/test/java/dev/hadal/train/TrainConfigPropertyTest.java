package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever a configuration says, it is read or refused in one sentence that names the file. */
class TrainConfigPropertyTest {
  private static final String ALPHABET =
      "\n\t :-#[]{}&*!|>'\"%@`,.?0123456789eE_ablnu~\u00a0\u2028";

  @Test
  void damagedTextIsReadOrRefused() {
    long seed = Long.getLong("hadal.seed", System.nanoTime());
    System.out.println("TrainConfigPropertyTest seed " + seed);
    Random random = new Random(seed);
    int read = 0;
    for (int i = 0; i < 3000; i++) {
      String text = damage(TinyRuns.YAML, random);
      try {
        TrainConfig config = TrainConfig.parse("x.yaml", text, List.of());
        assertThat(TrainConfig.parse("again", config.toYaml(), List.of())).isEqualTo(config);
        read++;
      } catch (TrainException e) {
        assertThat(e).as("seed %d, case %d", seed, i).hasMessageStartingWith("x.yaml: ");
        assertThat(String.valueOf(e.getMessage()).lines().count()).isEqualTo(1);
      }
    }
    assertThat(read).isBetween(1, 2999);
  }

  private static String damage(String text, Random random) {
    StringBuilder damaged = new StringBuilder(text);
    for (int change = random.nextInt(4); change >= 0; change--) {
      int at = random.nextInt(damaged.length());
      int length = Math.min(damaged.length() - at, 1 + random.nextInt(6));
      switch (random.nextInt(4)) {
        case 0 -> damaged.delete(at, at + length);
        case 1 -> damaged.insert(at, damaged.substring(at, at + length));
        case 2 -> damaged.setCharAt(at, ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        default -> damaged.insert(at, ALPHABET.charAt(random.nextInt(ALPHABET.length())));
      }
    }
    byte[] utf8 = damaged.toString().getBytes(StandardCharsets.UTF_8);
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
