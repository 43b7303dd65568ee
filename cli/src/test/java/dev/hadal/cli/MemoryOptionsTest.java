package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The build gives these tests a cache of packed weights of their own. */
class MemoryOptionsTest {
  private static final Pattern LEAST = Pattern.compile("(\\d+) bytes are the least");
  private static final String STATISTICS =
      "(?s).*1 of 8 experts in memory; \\d+\\.\\d % of \\d+ asked for were there; \\d+ MB read at"
          + " [\\d,]+ MB/s\\R.*";

  @TempDir private static Path folder = Path.of("");

  @BeforeAll
  static void write() {
    TestFiles.run(folder);
    TestFiles.write(
        folder.resolve("t.jinja"), "{% for m in messages %}{{ m.content }}{% endfor %}");
  }

  private static Run run(String command, String input, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of(command, "-m", folder.toString(), "--threads", "1", "-n", "6"));
    arguments.addAll(List.of(more));
    return Run.with(input, Map.of(), arguments.toArray(String[]::new));
  }

  /** What the refusal of a smaller limit names. */
  private static String least(Run refused) {
    assertThat(refused.code()).isEqualTo(65);
    assertThat(refused.out()).isEmpty();
    Matcher matcher = LEAST.matcher(refused.err());
    assertThat(matcher.find()).as(refused.err()).isTrue();
    return matcher.group(1);
  }

  @Test
  void generateReadsExpertsAndSaysHowOften() {
    String least = least(run("generate", "the cat", "--memory", "1m"));
    Run whole = run("generate", "the cat");
    Run part = run("generate", "the cat", "--memory", least);
    assertThat(part.code()).isZero();
    assertThat(part.out()).isEqualTo(whole.out());
    assertThat(part.err()).matches(STATISTICS);
    assertThat(whole.err()).doesNotContain("experts");
    Run all = run("generate", "the cat", "--memory", "2g");
    assertThat(all.out()).isEqualTo(whole.out());
    assertThat(all.err()).contains("fits into --memory as a whole").doesNotContain("asked for");
  }

  @Test
  void chatTellsItAmongItsStatistics() {
    String template = folder.resolve("t.jinja").toString();
    String least = least(run("chat", "", "--memory", "1m", "--chat-template", template));
    Run part = run("chat", "the cat\n/stats\n", "--memory", least, "--chat-template", template);
    assertThat(part.code()).isZero();
    assertThat(part.err()).matches(STATISTICS);
    assertThat(part.out())
        .isEqualTo(run("chat", "the cat\n/stats\n", "--chat-template", template).out());
  }

  @Test
  void otherWordsAreRefused() {
    for (String command : List.of("generate", "chat", "bench")) {
      Run run = run(command, "the cat", "--memory", "much");
      assertThat(run.code()).isEqualTo(64);
      assertThat(run.err())
          .contains("--memory: expected an amount such as 12g or 800m, found 'much'");
    }
  }
}
