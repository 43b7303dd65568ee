package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(30)
class TokenizerJsonTest {
  private static final String VALID = Golden.text("tokenizer.json");
  private static final String BYTE_LEVEL = "\"add_prefix_space\": false,\n        \"trim_offsets\"";

  /** What is replaced in a valid file, by what, and what the refusal must name. */
  static Stream<Arguments> corruptions() {
    return Stream.of(
        arguments("\"version\": \"1.0\"", "\"version\": \"2.0\"", "/version"),
        arguments("\"version\": \"1.0\"", "\"version\": 1", "/version"),
        arguments("\"version\": \"1.0\"", "\"surprise\": 1", "/surprise"),
        arguments("\"version\": \"1.0\"", "\"model\": {}, \"version\": \"1.0\"", "model"),
        arguments("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}", "NFC"),
        arguments(
            "\"normalizer\": null",
            "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFC\"}]}",
            "/normalizer/normalizers"),
        arguments("\"post_processor\": null", "\"post_processor\": {\"type\": \"Odd\"}", "Odd"),
        arguments("\"decoder\": {", "\"decoder\": {\"type\": \"Fuse\"}, \"padding2\": {", "Fuse"),
        arguments("\"type\": \"BPE\"", "\"type\": \"WordPiece\"", "WordPiece"),
        arguments("\"type\": \"BPE\"", "\"type\": \"BPE\", \"type\": \"BPE\"", "type"),
        arguments("\"dropout\": null", "\"dropout\": 0.1", "/model/dropout"),
        arguments(
            "\"continuing_subword_prefix\": null",
            "\"continuing_subword_prefix\": \"##\"",
            "/model/continuing_subword_prefix"),
        arguments("\"ignore_merges\": false", "\"ignore_merges\": 0", "/model/ignore_merges"),
        arguments("\"!\": 0,", "\"!\": 1,", "model.vocab"),
        arguments("\"!\": 0,", "\"!\": -1,", "/model/vocab/!"),
        arguments("\"!\": 0,", "\"!\": 2147483647,", "model.vocab"),
        arguments("\"!\": 0,", "\"!\": 99999999999,", "/model/vocab/!"),
        arguments("\"!\": 0,", "\"!\": \"0\",", "/model/vocab/!"),
        arguments("\"!\": 0,", "\"!\": 0.0,", "/model/vocab/!"),
        arguments("\"!\": 0,", "", "model.vocab"),
        arguments("\"!\": 0,", "\"!!!!!!!!!!!!\": 0,", "21"),
        arguments("\"!\": 0,", "\"\\ud800\": 0,", "surrogate"),
        arguments("\"!\": 0,", "\"!\": 0, \"!\": 0,", "!"),
        arguments("\"merges\": [", "\"merges\": [[\"a\"],", "/model/merges/0"),
        arguments("\"merges\": [", "\"merges\": [[\"a\", \"b\", \"c\"],", "/model/merges/0"),
        arguments("\"merges\": [", "\"merges\": [\"a b c\",", "/model/merges/0"),
        arguments("\"merges\": [", "\"merges\": [\"ab\",", "/model/merges/0"),
        arguments("\"merges\": [", "\"merges\": [7,", "/model/merges/0"),
        arguments("\"merges\": [", "\"merges\": [[\"a\", 7],", "/model/merges/0/1"),
        arguments("\"merges\": [", "\"merges\": [[\"a\", \"xyz\"],", "merges[0]"),
        arguments("\"merges\": [", "\"merges\": [[\"q\", \"q\"],", "merges[0]"),
        arguments("\"merges\": [", "\"merges\": [[\"a\", \"t\"],", "merges[1]"),
        arguments("\"id\": 1000,", "\"id\": 5,", "added_tokens[0]"),
        arguments("\"id\": 1001,", "\"id\": 1000,", "added_tokens[1]"),
        arguments("\"id\": 1000,", "\"id\": 2147483646,", "added_tokens[0].id"),
        arguments("\"id\": 1000,", "", "id"),
        arguments("\"content\": \"<|EOT|>\"", "\"content\": \"\"", "content"),
        arguments("\"content\": \"<|EOT|>\"", "\"content\": \"<think>\"", "<think>"),
        arguments("\"content\": \"<|EOT|>\"", "\"content\": \"!\"", "added_tokens[8]"),
        arguments("\"content\": \"<|EOT|>\"", "\"content\": \"\\udc00\"", "surrogate"),
        arguments("\"content\": \"<|EOT|>\"", "\"content\": \"" + "x".repeat(1025) + "\"", "1025"),
        arguments("\"special\": true", "\"special\": \"yes\"", "/added_tokens/0/special"),
        arguments("\"special\": true", "\"shiny\": true", "/added_tokens/0/shiny"),
        arguments("\\\\p{N}{1,3}", "\\\\p{N}", "DEEPSEEK_V3"),
        arguments("\"Regex\"", "\"String\"", "pattern"),
        arguments("\"Isolated\"", "\"Removed\"", "Removed"),
        arguments("\"invert\": false", "\"invert\": true", "invert"),
        arguments(BYTE_LEVEL, BYTE_LEVEL.replace("false", "true"), "add_prefix_space"),
        arguments("\"use_regex\": false", "\"use_regex\": true", "use_regex"),
        arguments("\"use_regex\": false", "\"trim\": false", "trim"),
        arguments("\"Split\"", "\"Whitespace\"", "Whitespace"),
        arguments(
            "\"pretokenizers\": [",
            "\"pretokenizers\": [{\"type\": \"Digits\"},",
            "individual_digits"),
        arguments(
            "\"pretokenizers\": [",
            "\"pretokenizers\": [{\"individual_digits\": false, \"type\": \"Digits\"},",
            "individual_digits"),
        arguments(
            "\"pretokenizers\": [",
            "\"pretokenizers\": [{\"individual_digits\": true, \"type\": \"Digits\"},",
            "expected the Split patterns"),
        arguments("\"decoder\"", "\"padding3\"", "/padding3"),
        arguments("{\n  \"version\"", "[{\n  \"version\"", "an object"),
        arguments("null", "[".repeat(100), "not valid JSON"),
        arguments("null", "nul", "not valid JSON"));
  }

  @ParameterizedTest
  @MethodSource("corruptions")
  void refusesWithTheFileAndThePlace(String what, String by, String named) {
    int at = VALID.indexOf(what);
    assertThat(at).as("the valid file holds " + what).isNotNegative();
    String corrupt = VALID.substring(0, at) + by + VALID.substring(at + what.length());
    assertThatThrownBy(() -> parse(corrupt))
        .isInstanceOf(TextException.class)
        .hasMessageStartingWith("hostile.json: ")
        .hasMessageContaining(named);
  }

  @Test
  void refusesEveryPrefix() {
    byte[] valid = VALID.stripTrailing().getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < valid.length; length += length < 8000 ? 61 : 1999) {
      byte[] prefix = Arrays.copyOf(valid, length);
      assertThatThrownBy(() -> TokenizerJson.parse("hostile.json", prefix))
          .isInstanceOf(TextException.class)
          .hasMessageStartingWith("hostile.json: ");
    }
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    byte[] valid = VALID.getBytes(StandardCharsets.UTF_8);
    valid[VALID.indexOf("1.0")] = (byte) 0xFF;
    assertThatThrownBy(() -> TokenizerJson.parse("hostile.json", valid))
        .isInstanceOf(TextException.class);
  }

  @Test
  void anySingleByteMayBeWrong() {
    byte[] valid = VALID.getBytes(StandardCharsets.UTF_8);
    NastyText random = new NastyText(NastyText.seed("TokenizerJsonTest"));
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      byte[] changed = valid.clone();
      changed[random.below(valid.length)] = (byte) random.below(256);
      try {
        TokenizerJson.parse("hostile.json", changed);
      } catch (TextException e) {
        assertThat(e).hasMessageStartingWith("hostile.json: ");
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void readsMergesOfBothSpellings() {
    String lines =
        VALID.replaceAll(
            "\\[\\s*(\"(?:[^\"\\\\]|\\\\.)*\"),\\s*(\"(?:[^\"\\\\]|\\\\.)*\")\\s*]", "$1 $2");
    String joined = lines.replace("\" \"", " ");
    assertThat(joined).contains("\"a t\"");
    assertThat(parse(joined).vocabulary()).isEqualTo(parse(VALID).vocabulary());
  }

  @Test
  void acceptsWhatChangesNothing() {
    String other =
        VALID
            .replace(
                "\"normalizer\": null",
                "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": []}")
            .replace(
                "\"post_processor\": null",
                "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": []}")
            .replace("\"truncation\": null", "\"truncation\": {\"max_length\": 3}");
    assertThat(parse(other).encode("one two three four"))
        .isEqualTo(parse(VALID).encode("one two three four"));
  }

  @Test
  void memoryIsASmallMultipleOfTheFile() {
    StringBuilder tokens = new StringBuilder("{\"model\":{\"vocab\":{\"x\":0");
    StringBuilder merges = new StringBuilder("{\"model\":{\"merges\":[\"a b\"");
    StringBuilder steps = new StringBuilder("{\"pre_tokenizer\":{\"pretokenizers\":[{}");
    StringBuilder added = new StringBuilder("{\"added_tokens\":[");
    for (int i = 0; i < 50_000; i++) {
      tokens.append(",\"").append(Integer.toString(i, 36)).append("!\":").append(i + 1);
      merges.append(",\"a b\"");
      steps.append(",{}");
      added.append(i == 0 ? "" : ",").append("{\"id\":").append(i).append(",\"content\":\"ab\"}");
    }
    for (StringBuilder hostile : List.of(tokens, merges, steps, added)) {
      byte[] file = hostile.toString().getBytes(StandardCharsets.UTF_8);
      long before = AllocatedBytes.ofThisThread();
      assertThatThrownBy(() -> TokenizerJson.parse("hostile.json", file))
          .isInstanceOf(TextException.class);
      long allocated = AllocatedBytes.ofThisThread() - before;
      assertThat(allocated).isLessThan(2_000_000 + 40L * file.length);
    }
  }

  @Test
  void filesAreWrittenAndRead(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Tokenizer tokenizer = parse(VALID);
    TokenizerJson.write(tokenizer, file);
    assertThat(TokenizerJson.read(file).vocabulary()).isEqualTo(tokenizer.vocabulary());
    assertThat(Files.readAllBytes(file)).isEqualTo(TokenizerJson.bytes(tokenizer));
    Path absent = folder.resolve("absent.json");
    assertThatThrownBy(() -> TokenizerJson.read(absent))
        .isInstanceOf(TextException.class)
        .hasMessageContaining("absent.json");
    Path nowhere = absent.resolve("tokenizer.json");
    assertThatThrownBy(() -> TokenizerJson.write(tokenizer, nowhere))
        .isInstanceOf(TextException.class)
        .hasMessageContaining("absent.json");
  }

  private static Tokenizer parse(String json) {
    return TokenizerJson.parse("hostile.json", json.getBytes(StandardCharsets.UTF_8));
  }
}
