package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Equal to tiktoken itself, with ranks as learned and with ranks in a random order. */
class TiktokenGoldenTest {
  @TempDir private Path folder;

  private Tokenizer open(String model) throws IOException {
    Files.write(folder.resolve("tiktoken.model"), Golden.bytes("tiktoken/" + model));
    Files.write(
        folder.resolve("tokenizer_config.json"), Golden.bytes("tiktoken/tokenizer_config.json"));
    return TokenizerFiles.read(folder).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"tiktoken.model, cases.json, 554", "shuffled.model, shuffled-cases.json, 150"})
  void encodesAndDecodesAsTiktokenDoes(String model, String cases, int count) throws IOException {
    Tokenizer tokenizer = open(model);
    List<Map<String, Object>> encode = Golden.cases("tiktoken/" + cases, "encode");
    assertThat(encode).hasSize(count);
    for (Map<String, Object> one : encode) {
      String text = Golden.string(one, "text");
      assertThat(tokenizer.encode(text)).as(text).isEqualTo(Golden.ids(one));
      assertThat(tokenizer.encodeOrdinary(text)).as(text).isEqualTo(Golden.ints(one, "ordinary"));
      assertThat(tokenizer.decode(Golden.ids(one))).isEqualTo(text);
    }
    for (Map<String, Object> one : Golden.cases("tiktoken/" + cases, "decode")) {
      assertThat(tokenizer.decode(Golden.ids(one))).isEqualTo(Golden.string(one, "decoded"));
    }
  }

  @ParameterizedTest
  @CsvSource({"tiktoken.model, cases.json", "shuffled.model, shuffled-cases.json"})
  void cutsLongTextAsTheModelsTokenizerDoes(String model, String cases)
      throws IOException, NoSuchAlgorithmException {
    Tokenizer tokenizer = open(model);
    List<Map<String, Object>> texts = Golden.cases("tiktoken/" + cases, "long");
    assertThat(texts).hasSize(10);
    for (Map<String, Object> one : texts) {
      StringBuilder text = new StringBuilder();
      List<String> units = Golden.strings(one, "units");
      int[] times = Golden.ints(one, "times");
      for (int i = 0; i < times.length; i++) {
        text.append(units.get(i).repeat(times[i]));
      }
      int[] ids = tokenizer.encode(text);
      assertThat(one).containsEntry("count", ids.length);
      String joined =
          Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(joined.getBytes(StandardCharsets.US_ASCII));
      assertThat(HexFormat.of().formatHex(hash)).isEqualTo(Golden.string(one, "sha256"));
    }
  }

  @Test
  void knowsTheNamesOfSpecialTokens() throws IOException {
    Tokenizer tokenizer = open("tiktoken.model");
    assertThat(tokenizer.size()).isEqualTo(1456);
    assertThat(tokenizer.token(1200)).hasValue("[BOS]");
    assertThat(tokenizer.token(1205)).hasValue("<|reserved_token_1205|>");
    assertThat(tokenizer.isSpecial(1205)).isTrue();
    assertThat(tokenizer.isSpecial(1206)).isFalse();
    assertThat(tokenizer.decode(new int[] {1206, 1200, 1205}, true))
        .isEqualTo("<|tool_call_begin|>");
    assertThat(tokenizer.rule()).isEqualTo(EncodingRule.TIKTOKEN);
  }
}
