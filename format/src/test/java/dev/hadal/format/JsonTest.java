package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {
  private static JsonObject object(String text) {
    return Json.parseObject("config.json", text);
  }

  @Test
  void readsAPublishedConfiguration() {
    JsonObject config = Json.readObject(MiniGolden.file("config.json"));
    assertThat(config.getInt("hidden_size")).isEqualTo(64);
    assertThat(config.getDouble("rms_norm_eps")).isEqualTo(1e-6);
    assertThat(config.getDouble("rope_theta")).isEqualTo(10000.0);
    assertThat(config.getBoolean("norm_topk_prob")).isTrue();
    assertThat(config.getObject("rope_scaling").getDouble("factor")).isEqualTo(4.0);
    assertThat(config.getArray("architectures").getString(0)).isEqualTo("DeepseekV3ForCausalLM");
    assertThat(config.getLong("no_such_field", 7)).isEqualTo(7);
  }

  @Test
  void writingAndReadingGivesTheSameTreeAndTheSameText() {
    JsonObject tree =
        JsonObject.builder()
            .put("long", Long.MIN_VALUE)
            .put("tiny", 1e-06)
            .put("whole", 3.0)
            .put("text", "a\"\\\n\u0001é\ud83d\ude00\ud800")
            .put("yes", true)
            .put("nothing", new JsonNull())
            .put("shape", JsonArray.ofLongs(1, 2, 3))
            .put("nested", JsonArray.of(List.of(JsonArray.of(List.of()))))
            .put("empty", JsonObject.builder().build())
            .build();
    String text = Json.pretty(tree);
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    JsonValue again = Json.parse("x", utf8, JsonLimits.FILE);
    assertThat(again).isEqualTo(tree);
    assertThat(Json.pretty(again)).isEqualTo(text);
    assertThat(Json.parse("x", Json.compact(tree), JsonLimits.FILE)).isEqualTo(tree);
    assertThat(text).contains("  \"shape\": [1, 2, 3],\n").contains("\"tiny\": 1.0E-6");
  }

  @Test
  void numbersBeyondLongBecomeDecimals() {
    assertThat(object("{\"n\":1000000000000000019884624838656}").getDouble("n")).isEqualTo(1e30);
    assertThat(object("{\"n\":9223372036854775807}").getLong("n")).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void nullCountsAsAbsentWhereThereIsADefault() {
    JsonObject config = object("{\"q_lora_rank\": null}");
    assertThat(config.getInt("q_lora_rank", 0)).isZero();
    assertThat(config.findObject("q_lora_rank")).isEmpty();
    assertThatThrownBy(() -> config.getInt("q_lora_rank"))
        .hasMessage("config.json: q_lora_rank: expected an integer, found null");
  }

  @Test
  void errorsNameFileAndPath() {
    JsonObject config =
        object("{\"hidden_size\":\"abc\",\"a\":{\"b\":[1,{\"c\":true}]},\"x\":2.5}");
    assertThatThrownBy(() -> config.getInt("hidden_size"))
        .isInstanceOf(FormatException.class)
        .hasMessage("config.json: hidden_size: expected an integer, found \"abc\"");
    assertThatThrownBy(() -> config.getObject("a").getArray("b").getObject(1).getString("c"))
        .hasMessage("config.json: a.b[1].c: expected a string, found true");
    assertThatThrownBy(() -> config.getInt("x")).hasMessageContaining("found 2.5");
    assertThatThrownBy(() -> config.getLong("y"))
        .hasMessage("config.json: y: the field is missing");
    assertThatThrownBy(() -> config.getInt("hidden_size", 3)).hasMessageContaining("an integer");
    assertThatThrownBy(() -> config.getObject("a").getArray("b").getLong(2))
        .hasMessage("config.json: a.b: expected at least 3 elements, found 2");
    assertThatThrownBy(() -> object("{\"n\":3000000000}").getInt("n"))
        .hasMessage("config.json: n: expected a 32-bit integer, found 3000000000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``|found nothing",
        "{|not valid JSON (line 1, column 2)",
        "{\"a\":NaN}|not valid JSON",
        "{\"a\":Infinity}|not valid JSON",
        "{\"a\":1e999}|fits binary64",
        "{\"a\":01}|not valid JSON",
        "{\"a\":+1}|not valid JSON",
        "{\"a\":1,}|not valid JSON",
        "{'a':1}|not valid JSON",
        "{\"a\":1,\"a\":1}|a: the field occurs twice",
        "{\"b\":{\"a\":1,\"a\":2}}|b.a: the field occurs twice",
        "{} {}|expected the end of the text",
        "{} x|not valid JSON",
        "[1]|expected a JSON object, found an array",
        "{\"a\":\"\\x\"}|not valid JSON",
        "{\"a\":/**/1}|not valid JSON",
      })
  void refusesWhatIsNotStrictJson(String text, String message) {
    assertThatThrownBy(() -> object(text))
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith("config.json: ")
        .hasMessageContaining(message);
  }

  @Test
  void limitsHold() {
    JsonLimits small = new JsonLimits(400, 3, 10, 5, 12);
    assertThat(Json.parse("x", "[[[1]]]", small)).isInstanceOf(JsonArray.class);
    for (String text :
        List.of(
            "[[[[1]]]]",
            "[\"" + "a".repeat(11) + "\"]",
            "{\"abcdef\":1}",
            "[" + "1".repeat(65) + "]",
            "[1,2,3,4,5,6,7,8,9,10,11]",
            "[{},{},{},{},{},{}]",
            " ".repeat(401))) {
      assertThatThrownBy(() -> Json.parse("x", text, small))
          .as(text)
          .isInstanceOf(FormatException.class);
    }
    String deep = "[".repeat(1_000_000);
    assertThatThrownBy(() -> Json.parse("x", deep, JsonLimits.FILE))
        .isInstanceOf(FormatException.class);
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    byte[] overlong = {'"', (byte) 0xC0, (byte) 0x80, '"'};
    byte[] utf16 = "{}".getBytes(StandardCharsets.UTF_16);
    for (byte[] bytes : List.of(overlong, utf16)) {
      assertThatThrownBy(() -> Json.parse("x", bytes, JsonLimits.FILE))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("UTF-8");
    }
  }

  @Test
  void messagesStayShortAndPrintable() {
    String name = "n\u001b".repeat(2000);
    JsonObject config =
        JsonObject.builder().put("a", "\u0007" + "b".repeat(5000)).put(name, 1).build();
    assertThatThrownBy(() -> config.getInt("a"))
        .message()
        .hasSizeLessThan(300)
        .doesNotContain("\u0007");
    assertThatThrownBy(() -> config.getString(name))
        .message()
        .hasSizeLessThan(300)
        .doesNotContain("\u001b");
  }
}
