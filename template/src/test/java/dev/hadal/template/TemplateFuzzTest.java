package dev.hadal.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Whatever the source of a template is, it renders or is refused in one sentence. A normal run
 * replays the corpus and tries random mixtures of the golden templates, for a second or {@code
 * -Dhadal.fuzz.seconds}.
 */
class TemplateFuzzTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 11, 21, 12, 0, 0);
  private static final String MARKS = "{}%-()[]|.,:~'\"\\ \n0";
  private static final TemplateLimits LIMITS =
      new TemplateLimits(20_000, 50, 200, 20_000, 1 << 20, 100_000, Duration.ofSeconds(5));

  @FuzzTest(maxDuration = "60s")
  void template(byte[] bytes) {
    check(new String(bytes, StandardCharsets.UTF_8), Map.of());
  }

  private static void check(String source, Map<String, Value> variables) {
    try {
      List<Segment> segments =
          Template.parse("fuzz", source).render(variables, NOW, LIMITS).segments();
      for (int i = 0; i < segments.size(); i++) {
        assertThat(segments.get(i).text()).isNotEmpty();
        assertThat(i == 0 || segments.get(i - 1).origin() != segments.get(i).origin()).isTrue();
      }
    } catch (TemplateException refused) {
      assertThat(refused)
          .message()
          .startsWith("fuzz, line ")
          .hasSizeLessThan(500)
          .doesNotContainPattern("\\p{Cntrl}");
    }
  }

  @Test
  void mixturesOfTemplatesRenderOrAreRefused() {
    List<Golden.Case> cases = Golden.cases("language.json");
    Map<String, Value> variables = cases.getFirst().context();
    long seed = Long.getLong("hadal.seed", System.nanoTime());
    System.out.println("TemplateFuzzTest: -Dhadal.seed=" + seed);
    Random random = new Random(seed);
    long end = System.nanoTime() + Long.getLong("hadal.fuzz.seconds", 1) * 1_000_000_000L;
    while (System.nanoTime() < end) {
      StringBuilder source = new StringBuilder();
      for (int parts = 1 + random.nextInt(4); parts > 0; parts--) {
        source.append(cases.get(random.nextInt(cases.size())).template());
      }
      for (int changes = random.nextInt(5); changes > 0; changes--) {
        change(source, cases.get(random.nextInt(cases.size())).template(), random);
      }
      try {
        check(source.toString(), variables);
      } catch (RuntimeException | Error e) {
        throw new AssertionError("failing template: " + source, e);
      }
    }
  }

  private static void change(StringBuilder source, String other, Random random) {
    int at = random.nextInt(source.length() + 1);
    int to = Math.min(source.length(), at + random.nextInt(6));
    switch (random.nextInt(4)) {
      case 0 -> source.delete(at, to);
      case 1 -> source.insert(at, MARKS.charAt(random.nextInt(MARKS.length())));
      case 2 -> source.insert(at, other, 0, random.nextInt(other.length() + 1));
      default -> {
        int from = random.nextInt(other.length() + 1);
        source.replace(at, to, other.substring(from, Math.min(other.length(), from + 12)));
      }
    }
  }
}
