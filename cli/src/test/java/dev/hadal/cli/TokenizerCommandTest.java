package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerCommandTest {
  private static final String TOKENIZER = TestFiles.TOKENIZER.toString();

  @TempDir private Path folder = Path.of("");

  private static JsonArray array(String text) {
    return (JsonArray) Json.parse("output", text, JsonLimits.FILE);
  }

  private static JsonArray column(JsonObject cases, String part, String field) {
    List<JsonValue> values = new ArrayList<>();
    JsonArray rows = cases.getArray(part);
    for (int i = 0; i < rows.size(); i++) {
      values.add(rows.getObject(i).members().get(field));
    }
    return JsonArray.of(values);
  }

  @Test
  void jsonArraysGoThroughInBothDirectionsAsElsewhere() {
    JsonObject cases = Json.readObject(TestFiles.TOKENIZER.resolve("cases.json"));
    String texts = Json.compact(column(cases, "encode", "text"));
    Run encoded =
        Run.with(texts, Map.of(), "tokenizer", "encode", "--json", "--tokenizer", TOKENIZER);
    assertThat(encoded.code()).isZero();
    assertThat(array(encoded.out())).isEqualTo(column(cases, "encode", "ids"));
    Run decoded =
        Run.with(
            encoded.out(), Map.of(), "tokenizer", "decode", "--json", "--tokenizer", TOKENIZER);
    assertThat(array(decoded.out())).isEqualTo(column(cases, "encode", "decoded"));
    Run plain =
        Run.with(
            encoded.out(),
            Map.of(),
            "tokenizer",
            "decode",
            "--json",
            "--skip-special-tokens",
            "--tokenizer",
            TOKENIZER + "/tokenizer.json");
    assertThat(array(plain.out())).isEqualTo(column(cases, "encode", "decoded_skip_special"));
  }

  @Test
  void aTextGoesThroughAsArgumentAndAsInput() {
    Run argument = Run.of("tokenizer", "encode", "--tokenizer", TOKENIZER, "hellö @x ${a}");
    Run input =
        Run.with("hellö @x ${a}", Map.of(), "tokenizer", "encode", "--tokenizer", TOKENIZER);
    assertThat(argument.code()).isZero();
    assertThat(argument.out()).matches("(\\d+ )+\\d+\n").isEqualTo(input.out());
    Run decoded =
        Run.with(argument.out(), Map.of(), "tokenizer", "decode", "--tokenizer", TOKENIZER);
    assertThat(decoded.out()).isEqualTo("hellö @x ${a}\n");
  }

  @Test
  void aTiktokenFolderIsATokenizer() throws IOException {
    StringBuilder ranks = new StringBuilder();
    for (int b = 0; b < 256; b++) {
      ranks.append(Base64.getEncoder().encodeToString(new byte[] {(byte) b})).append(' ');
      ranks.append(b).append('\n');
    }
    ranks.append("YWI= 256\n");
    TestFiles.write(folder.resolve("tiktoken.model"), ranks.toString());
    TestFiles.write(
        folder.resolve("tokenizer_config.json"),
        "{\"added_tokens_decoder\": {\"258\": {\"content\": \"<|im_end|>\", \"special\": true}}}");
    for (String path : List.of(folder.toString(), folder.resolve("tiktoken.model").toString())) {
      Run encoded = Run.of("tokenizer", "encode", "-m", path, "ab!<|im_end|>");
      assertThat(encoded.out()).isEqualTo("256 33 258\n");
      Run decoded = Run.of("tokenizer", "decode", "-m", path, "256", "33", "258", "257");
      assertThat(decoded.out()).isEqualTo("ab!<|im_end|><|reserved_token_257|>\n");
    }
  }

  @Test
  void aTokenizerIsTrainedAndTheLearnedPartIsThatOfTheGoldenFile() {
    Path output = folder.resolve("new/tokenizer");
    Run run =
        Run.of(
            "tokenizer",
            "train",
            "--corpus",
            TOKENIZER + "/corpus.txt",
            "--vocab-size",
            "1000",
            "-o",
            output.toString());
    assertThat(run.err()).contains("1,006 tokens");
    assertThat(run.code()).isZero();
    JsonObject expected = Json.readObject(TestFiles.TOKENIZER.resolve("trained.json"));
    JsonObject model = Json.readObject(output.resolve("tokenizer.json")).getObject("model");
    assertThat(model.getObject("vocab")).isEqualTo(expected.getObject("vocab"));
    assertThat(model.getArray("merges")).isEqualTo(expected.getArray("merges"));
    assertThat(Json.readObject(output.resolve("tokenizer_config.json")).getString("bos_token"))
        .isEqualTo("<｜begin▁of▁sentence｜>");
  }

  @Test
  void aCorpusWithoutTextIsRefusedAndNothingIsWritten() {
    Path empty = TestFiles.write(folder.resolve("empty.txt"), "");
    Path output = folder.resolve("out");
    Run run =
        Run.of(
            "tokenizer",
            "train",
            "--corpus",
            empty.toString(),
            "--vocab-size",
            "300",
            "-o",
            output.toString());
    assertThat(run.code()).isEqualTo(65);
    assertThat(run.err()).contains("expected text, found none");
    assertThat(Files.exists(output)).isFalse();
  }

  @Test
  void whatDoesNotApplyIsSaid() {
    Run run =
        Run.of("tokenizer", "encode", "--tokenizer", TOKENIZER, "--kernels", "reference", "a");
    assertThat(run.code()).isZero();
    assertThat(run.err()).contains("--kernels has no effect");
  }
}
