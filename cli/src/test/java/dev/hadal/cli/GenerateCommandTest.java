package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {
  @TempDir private static Path folder = Path.of("");

  @BeforeAll
  static void write() {
    TestFiles.run(folder);
  }

  private static Run generate(String... more) {
    return with("", Map.of(), more);
  }

  private static Run with(String input, Map<String, String> environment, String... more) {
    String[] arguments = new String[more.length + 7];
    String[] common = {
      "generate", "-m", folder.toString(), "--kernels", "reference", "--threads", "1"
    };
    System.arraycopy(common, 0, arguments, 0, 7);
    System.arraycopy(more, 0, arguments, 7, more.length);
    return Run.with(input, environment, arguments);
  }

  private static JsonObject json(String... more) {
    Run run = generate(more);
    assertThat(run.err()).startsWith("").doesNotContain("hadal generate:");
    assertThat(run.code()).isZero();
    return Json.parseObject("output", run.out());
  }

  @Test
  void theTextGoesToStandardOutputAndTheRestToStandardError() {
    Run run = generate("-p", "the cat", "-n", "12");
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .isEqualTo(json("-p", "the cat", "-n", "12", "--json").getString("text") + "\n");
    assertThat(run.err()).contains("tokens/s").contains("finish reason").contains("drafts");
  }

  @Test
  void thePromptMayComeFromStandardInput() {
    assertThat(with("the cat", Map.of(), "-n", "12").out())
        .isEqualTo(generate("-p", "the cat", "-n", "12").out());
  }

  @Test
  void draftsDoNotChangeTheText() {
    Run without = generate("-p", "the cat", "-n", "24", "--no-mtp");
    assertThat(without.out()).isEqualTo(generate("-p", "the cat", "-n", "24").out());
    assertThat(without.err()).contains("no drafts");
  }

  @Test
  void greedyIsTheDefaultAndASeedDraws() {
    String greedy = generate("-p", "the", "-n", "16", "--greedy").out();
    assertThat(generate("-p", "the", "-n", "16").out()).isEqualTo(greedy);
    String drawn = generate("-p", "the", "-n", "16", "--seed", "5").out();
    assertThat(drawn).isNotEqualTo(greedy);
    assertThat(generate("-p", "the", "-n", "16", "-s", "5", "--temp", "1").out()).isEqualTo(drawn);
    assertThat(generate("-p", "the", "-n", "16", "-s", "6").out()).isNotEqualTo(drawn);
    assertThat(generate("-p", "the", "-n", "16", "-s", "5", "--top-k", "1").out())
        .isEqualTo(greedy);
  }

  @Test
  void penaltiesAndBiasChangeTheTokens() {
    assertThat(json("-p", "the", "-n", "3", "--json", "--logit-bias", "60=1000"))
        .extracting(one -> one.getArray("ids"))
        .isEqualTo(ids(60, 60, 60));
    JsonObject twice =
        json(
            "-p",
            "the",
            "-n",
            "2",
            "--json",
            "--logit-bias",
            "60+500",
            "--logit-bias",
            "61+499",
            "--repeat-penalty",
            "2");
    assertThat(twice.getArray("ids")).isIn(ids(60, 61), ids(61, 60));
    JsonObject other =
        json(
            "-p",
            "the",
            "-n",
            "2",
            "--json",
            "--logit-bias=60=1000",
            "--logit-bias=61=1000",
            "--presence-penalty",
            "50",
            "--frequency-penalty",
            "50");
    assertThat(other.getArray("ids")).isIn(ids(60, 61), ids(61, 60));
    JsonObject banned =
        json("-p", "the", "-n", "3", "--json", "--logit-bias=60=1000", "--logit-bias=61-inf");
    assertThat(banned.getArray("ids")).isEqualTo(ids(60, 60, 60));
  }

  private static JsonArray ids(long... ids) {
    return JsonArray.ofLongs(ids);
  }

  @Test
  void withoutALengthTheContextIsEnough() {
    assertThat(json("-p", "the", "--json").getInt("completion_tokens")).isBetween(1, 63);
    assertThat(json("-p", "the", "-n", "-1", "--json").getInt("completion_tokens"))
        .isBetween(1, 63);
    Run run = generate("-p", "the", "-n", "100");
    assertThat(run.code()).isEqualTo(65);
    assertThat(run.err()).contains("100 to generate do not fit into 64");
  }

  @Test
  void aSuffixAsksForTheMiddle() {
    JsonObject json = json("-p", "the cat", "--suffix", "the mat", "-n", "4", "--json");
    JsonObject plain = json("-p", "the cat", "-n", "4", "--json");
    assertThat(json.getInt("prompt_tokens")).isGreaterThan(plain.getInt("prompt_tokens") + 2);
  }

  @Test
  void logprobsAreReportedWhereAsked() {
    assertThat(json("-p", "the", "-n", "4", "--json").has("logprobs")).isFalse();
    JsonObject json = json("-p", "the", "-n", "4", "--json", "--logprobs", "3");
    JsonObject first = json.getArray("logprobs").getObject(0);
    assertThat(first.getInt("id")).isEqualTo(json.getArray("ids").getInt(0));
    assertThat(first.getArray("top").size()).isEqualTo(3);
    assertThat(first.getArray("top").getObject(0).getDouble("logprob"))
        .isEqualTo(first.getDouble("logprob"));
  }

  @Test
  void aStopTextEndsTheContinuation() {
    String text = json("-p", "the cat", "-n", "24", "--json").getString("text");
    String stop = text.substring(text.length() / 2, text.length() / 2 + 1);
    JsonObject json = json("-p", "the cat", "-n", "24", "--stop", stop, "--json");
    assertThat(json.getString("text")).isEqualTo(text.substring(0, text.indexOf(stop)));
    assertThat(json.getString("finish_reason")).isEqualTo("stop");
  }

  @Test
  void aPromptCacheChangesNothingButTheTime(@TempDir Path own) throws IOException {
    String cache = own.resolve("cache").toString();
    String expected = generate("-p", "the cat", "-n", "12").out();
    assertThat(generate("-p", "the cat", "-n", "12", "--prompt-cache", cache).out())
        .isEqualTo(expected);
    byte[] written = Files.readAllBytes(Path.of(cache));
    Run again =
        generate("-p", "the cat", "-n", "9", "--prompt-cache", cache, "--prompt-cache-read-only");
    assertThat(again.code()).isZero();
    assertThat(again.err()).contains("of the prompt's").contains("tokens are known.");
    assertThat(Files.readAllBytes(Path.of(cache))).isEqualTo(written);
    Run other = generate("-p", "the cat", "--precision", "exact", "--prompt-cache", cache);
    assertThat(other.code()).isEqualTo(65);
    assertThat(other.err()).contains("mode differs");
    assertThat(generate("-p", "x", "--prompt-cache-read-only").code()).isEqualTo(64);
    assertThat(generate("-p", "x", "--prompt-cache", own.toString()).code()).isEqualTo(64);
  }

  @Test
  void optionsMayComeFromTheEnvironmentAndTheFlagWins() {
    Map<String, String> four = Map.of("HADAL_MAX_TOKENS", "4", "HADAL_JSON", "1");
    assertThat(Json.parseObject("output", with("the", four).out()).getInt("completion_tokens"))
        .isEqualTo(4);
    assertThat(
            Json.parseObject("output", with("the", four, "-n", "3").out())
                .getInt("completion_tokens"))
        .isEqualTo(3);
  }
}
