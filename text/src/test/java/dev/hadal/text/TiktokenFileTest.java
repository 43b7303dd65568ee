package dev.hadal.text;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(30)
class TiktokenFileTest {
  @TempDir private Path folder;

  /** A file and what its refusal must name. */
  static Stream<Arguments> corruptions() {
    return Stream.of(
        arguments("YQ==", "line 1: expected a token in Base64, a blank"),
        arguments("YQ== 0\nYg==\t1\n", "line 2: expected a token in Base64, a blank"),
        arguments("YQ== 0\n\nY*== 1\n", "line 3: token: expected Base64, found \"Y*==\""),
        arguments("YQ 0\n", "line 1: token: expected Base64 with its padding"),
        arguments("YR== 0\n", "line 1: token: expected Base64 with its padding"),
        arguments(" 0\n", "line 1: token: expected 1 to 1024 bytes, found 0"),
        arguments("AAAA".repeat(342) + " 0\n", "line 1: token: expected 1 to 1024 bytes, found"),
        arguments("YQ== \n", "line 1: rank: expected a number"),
        arguments("YQ== -1\n", "found \"-1\""),
        arguments("YQ== 0x1\n", "found \"0x1\""),
        arguments("YQ== 0 1\n", "found \"0 1\""),
        arguments("YQ== 123456789\n", "found \"123456789\""),
        arguments("YQ== 1\n", "line 1: rank: expected each of 0 to 0 once for the 1 tokens"),
        arguments("YQ== 0\nYg== 0\n", "line 2: rank: expected each of 0 to 1 once for the 2"),
        arguments("YQ== 0\nYg== 0\n", "found 0 for the second time"),
        arguments("YQ== 0\nYg== 2\n", "found 2"),
        arguments("YQ== 0\nYg== 1\nYQ== 2\n", "the ranks 0 and 2 have the same token"));
  }

  @ParameterizedTest
  @MethodSource("corruptions")
  void refusesWithTheFileAndTheLine(String text, String named) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(TextException.class)
        .hasMessageStartingWith("hostile.model: ")
        .hasMessageContaining(named);
  }

  @Test
  void readsRanksInAnyOrderAndBothLineEnds() {
    BpeVocabulary vocabulary = parse("YWI= 2\r\n\r\nYg== 0\n\nYQ== 1");
    assertThat(vocabulary.tokens()).containsExactly("b", "a", "ab");
    assertThat(vocabulary.merges()).containsExactly(new BpeVocabulary.Merge("a", "b"));
    assertThat(parse("").tokens()).isEmpty();
  }

  @Test
  void aTokenWithoutParentsHasNoMerge() {
    assertThat(parse("YWJj 0\nYQ== 1\nYg== 2\nYw== 3\n").merges()).isEmpty();
  }

  @Test
  void aVocabularyNeedsAllBytes() throws IOException {
    Files.writeString(folder.resolve("tiktoken.model"), "YQ== 0\n");
    assertThatThrownBy(() -> TokenizerFiles.read(folder))
        .isInstanceOf(TextException.class)
        .hasMessageStartingWith(folder.resolve("tiktoken.model") + ": ")
        .hasMessageContaining("each of the 256 bytes");
  }

  @Test
  void refusesNamesThatDoNotFit() throws IOException {
    Files.write(folder.resolve("tiktoken.model"), Golden.bytes("tiktoken/tiktoken.model"));
    for (List<String> one :
        List.of(
            List.of("{\"1199\": {\"content\": \"x\"}}", "expected ids from 1200 to 1455"),
            List.of("{\"1456\": {\"content\": \"x\"}}", "found 1456"),
            List.of("{\"x\": {\"content\": \"x\"}}", "expected an id"),
            List.of("{\"99999999999\": {\"content\": \"x\"}}", "expected an id"),
            List.of("{\"1200\": {\"content\": \"\"}}", "expected 1 to 1024 bytes, found 0"),
            List.of("{\"1200\": {\"content\": 7}}", "content"),
            List.of("{\"1200\": {}}", "content"),
            List.of("{\"1200\": {\"content\": \"x\", \"special\": 1}}", "special"),
            List.of("{\"1200\": {\"content\": \"the\"}}", "contradicts"),
            List.of(
                "{\"1200\": {\"content\": \"x\"}, \"1201\": {\"content\": \"x\"}}", "contradicts"),
            List.of("[]", "added_tokens_decoder"))) {
      Files.writeString(
          folder.resolve("tokenizer_config.json"),
          "{\"added_tokens_decoder\": " + one.getFirst() + "}");
      assertThatThrownBy(() -> TokenizerFiles.read(folder))
          .as(one.getFirst())
          .isInstanceOf(TextException.class)
          .hasMessageStartingWith(folder.toString())
          .hasMessageContaining(one.getLast());
    }
  }

  @Test
  void tokenizerJsonComesFirstAndNothingIsNothing() throws IOException {
    assertThat(TokenizerFiles.read(folder)).isEmpty();
    Files.write(folder.resolve("tiktoken.model"), Golden.bytes("tiktoken/tiktoken.model"));
    Tokenizer tiktoken = TokenizerFiles.read(folder).orElseThrow();
    assertThat(tiktoken.preTokenizer()).isEqualTo(PreTokenizer.KIMI);
    assertThat(tiktoken.token(1200)).hasValue("<|reserved_token_1200|>");
    Files.write(folder.resolve("tokenizer.json"), Golden.bytes("tokenizer.json"));
    assertThat(TokenizerFiles.read(folder).orElseThrow().preTokenizer())
        .isEqualTo(PreTokenizer.DEEPSEEK_V3);
  }

  @Test
  void memoryIsASmallMultipleOfTheFile() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      text.append("YQ== 0\n");
    }
    byte[] file = text.toString().getBytes(StandardCharsets.US_ASCII);
    long before = AllocatedBytes.ofThisThread();
    assertThatThrownBy(() -> TiktokenFile.parse("hostile.model", file))
        .isInstanceOf(TextException.class);
    assertThat(AllocatedBytes.ofThisThread() - before).isLessThan(2_000_000 + 80L * file.length);
  }

  @Test
  void filesAreLimited() throws IOException {
    Path absent = folder.resolve("absent.model");
    assertThatThrownBy(() -> TiktokenFile.read(absent))
        .isInstanceOf(TextException.class)
        .hasMessageContaining("absent.model");
    Path large = folder.resolve("large.model");
    try (var channel = Files.newByteChannel(large, CREATE_NEW, WRITE)) {
      channel.position(16L << 20);
      channel.write(java.nio.ByteBuffer.wrap(new byte[1]));
    }
    assertThatThrownBy(() -> TiktokenFile.read(large))
        .isInstanceOf(TextException.class)
        .hasMessageContaining("expected at most 16777216 bytes, found 16777217");
  }

  private static BpeVocabulary parse(String text) {
    return TiktokenFile.parse("hostile.model", text.getBytes(StandardCharsets.US_ASCII));
  }
}
