package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;

/** Random nasty text; replay with {@code -Dseed=N}. */
class SafeTextPropertyTest {
  private static final String[] PIECES = {
    "</script>", "<!--", "]]>", "&amp;", "\u001b[31m", "\ud83d\ude00", "\ud800", "\udfff", "\u202e",
    "\u2028", "\0", "\r\n", "\t", "\"'`", "\u00ad", "\ufeff", "x", "\u9f8d"
  };

  @RepeatedTest(200)
  void shownTextActsNowhereAndEscapedTextGivesItBack() {
    long seed = Long.getLong("seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(40); i >= 0; i--) {
      text.append(
          random.nextBoolean()
              ? PIECES[random.nextInt(PIECES.length)]
              : String.valueOf((char) random.nextInt(0x10000)));
    }
    String visible = SafeText.visible(text.toString());
    String html = SafeText.html(text.toString());
    assertThat(visible.chars().filter(c -> c != '\n' && Character.isISOControl(c)))
        .as("seed %d", seed)
        .isEmpty();
    assertThat(visible.codePoints().filter(c -> Character.getType(c) == Character.FORMAT))
        .as("seed %d", seed)
        .isEmpty();
    assertThat(new String(visible.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .as("seed %d", seed)
        .isEqualTo(visible);
    assertThat(html).as("seed %d", seed).doesNotContain("<", ">", "\"", "'", "`");
    assertThat(html.replaceAll("&(amp|lt|gt|quot|#39|#96);", ""))
        .as("seed %d", seed)
        .doesNotContain("&");
    assertThat(unescape(html)).as("seed %d", seed).isEqualTo(visible);
    assertThat(SafeText.visible(visible)).as("seed %d", seed).isEqualTo(visible);
  }

  private static String unescape(String html) {
    return html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#96;", "`")
        .replace("&amp;", "&");
  }
}
