package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsPropertyTest {
  private static final String ALPHABET = "ab\uD83D\uDE00";

  /** The definition: the first character at which a stop text is complete. */
  private static String defined(List<String> stops, String text) {
    for (int end = 1; end <= text.length(); end++) {
      int longest = 0;
      for (String stop : stops) {
        if (text.substring(0, end).endsWith(stop)) {
          longest = Math.max(longest, stop.length());
        }
      }
      if (longest > 0) {
        return text.substring(0, end - longest);
      }
    }
    return text;
  }

  private static String random(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString();
  }

  @Test
  void theTextDoesNotDependOnHowItWasCut() {
    long seed = Long.getLong("hadal.seed", new Random().nextLong());
    System.out.println("hadal.seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      List<String> stops = new ArrayList<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        stops.add(random(random, 1 + random.nextInt(4)));
      }
      String text = random(random, random.nextInt(14));
      StopStrings stream = new StopStrings(stops);
      StringBuilder out = new StringBuilder();
      String expected = defined(stops, text);
      for (int from = 0; from < text.length(); ) {
        int to = Math.min(text.length(), from + 1 + random.nextInt(4));
        out.append(stream.accept(text.substring(from, to)));
        // Nothing is given out too early.
        assertThat(expected).startsWith(out.toString());
        from = to;
      }
      out.append(stream.finish());
      assertThat(out.toString()).as("%s in %s", stops, text).isEqualTo(expected);
      assertThat(stream.stopped()).isEqualTo(expected.length() < text.length());
    }
  }
}
