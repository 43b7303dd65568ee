package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Whatever the bytes are, {@code score --ids} and {@code tokenizer decode} find the ids that stand
 * there or refuse them. A normal run replays the corpora among the test resources.
 */
class TokenIdsFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void arrays(byte[] bytes) {
    try {
      JsonValue json = Json.parse("fuzz", bytes, JsonLimits.FILE);
      JsonArray again =
          JsonArray.of(
              TokenIds.arrays("fuzz", json).stream()
                  .map(ids -> JsonArray.ofLongs(Arrays.stream(ids).asLongStream().toArray()))
                  .toList());
      assertThat(again).isEqualTo(json);
    } catch (InputException | FormatException refused) {
      OneSentence.require(refused, "fuzz: ");
    }
  }

  @FuzzTest(maxDuration = "60s")
  void words(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    try {
      int[] ids = TokenIds.text("fuzz", text);
      String again = Arrays.stream(ids).mapToObj(String::valueOf).collect(Collectors.joining(" "));
      assertThat(TokenIds.text("again", again)).isEqualTo(ids);
    } catch (InputException refused) {
      OneSentence.require(refused, "fuzz: ");
    }
  }
}
