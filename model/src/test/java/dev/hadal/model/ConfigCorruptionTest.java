package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Named corruptions of a {@code config.json}, and every field with every wrong value. */
class ConfigCorruptionTest {
  /** Corruptions of a valid file and what the message must say beside the file's name. */
  enum Corruption {
    EMPTY(_ -> "", "config.json"),
    TRUNCATED(text -> text.substring(0, text.length() / 2), "config.json"),
    NOT_AN_OBJECT(text -> "[" + text + "]", "expected a JSON object"),
    SECOND_VALUE(text -> text + "{}", "config.json"),
    FIELD_TWICE(text -> text.replaceFirst("\\{", "{\"vocab_size\": 5, "), "vocab_size"),
    TRAILING_COMMA(text -> text.substring(0, text.lastIndexOf('}')) + ",}", "config.json"),
    NOT_A_NUMBER(
        text -> text.replaceFirst("\"rms_norm_eps\": [^,]+", "\"rms_norm_eps\": NaN"),
        "config.json"),
    TEXT_FOR_A_NUMBER(replace("\"hidden_size\": 64", "\"hidden_size\": \"64\""), "hidden_size"),
    FRACTION(replace("\"hidden_size\": 64", "\"hidden_size\": 64.5"), "hidden_size"),
    BEYOND_32_BITS(replace("\"hidden_size\": 64", "\"hidden_size\": 4294967360"), "hidden_size"),
    BEYOND_64_BITS(replace("\"hidden_size\": 64", "\"hidden_size\": 1" + "0".repeat(30)), "hidden"),
    NEGATIVE(replace("\"hidden_size\": 64", "\"hidden_size\": -64"), "hidden_size: expected 1"),
    MISSING(replace("\"hidden_size\": 64,", ""), "hidden_size"),
    NULL(replace("\"hidden_size\": 64", "\"hidden_size\": null"), "hidden_size"),
    NESTED(replace("\"hidden_size\": 64", "\"x\": " + "[".repeat(200)), "config.json"),
    OTHER_FAMILY(replace("\"deepseek_v3\"", "\"llama\""), "model_type: expected one of"),
    OTHER_ARCHITECTURE(
        replace("\"DeepseekV3ForCausalLM\"", "\"LlamaForCausalLM\""),
        "architectures: expected DeepseekV3ForCausalLM or DeepseekV2ForCausalLM, found [Llama"),
    OTHER_SCORING(replace("\"sigmoid\"", "\"relu\""), "scoring_func: expected sigmoid or softmax"),
    OTHER_METHOD(replace("\"noaux_tc\"", "\"random\""), "topk_method: expected greedy or"),
    TIED(
        replace("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true"),
        "tie_word_embeddings: expected false, found true"),
    BIASED(
        replace("\"attention_bias\": false", "\"attention_bias\": true"),
        "attention_bias: expected false, found true"),
    GROUPS_DO_NOT_DIVIDE(
        replace("\"n_group\": 4", "\"n_group\": 3"), "n_group: expected a divisor"),
    TOO_MANY_EXPERTS_ASKED(
        replace("\"num_experts_per_tok\": 3", "\"num_experts_per_tok\": 5"),
        "num_experts_per_tok: expected 1 to 4, found 5"),
    SIZES_OVERFLOW(
        text ->
            text.replace("\"num_attention_heads\": 2", "\"num_attention_heads\": 65536")
                .replace("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 65536")
                .replaceFirst("\"v_head_dim\": \\d+", "\"v_head_dim\": 65536"),
        "num_attention_heads: expected at most");

    @SuppressWarnings("ImmutableEnumChecker")
    private final UnaryOperator<String> change;

    private final String message;

    Corruption(UnaryOperator<String> change, String message) {
      this.change = change;
      this.message = message;
    }

    private static UnaryOperator<String> replace(String from, String to) {
      return text -> text.replace(from, to);
    }
  }

  private static final String VALID = Json.pretty(MiniModel.config().toJson());

  private static ModelConfig read(byte[] bytes) {
    if (Json.parse("config.json", bytes, JsonLimits.CONFIGURATION) instanceof JsonObject json) {
      return ModelConfig.fromJson(json, "config.json");
    }
    return Configs.parse(new String(bytes, StandardCharsets.UTF_8));
  }

  private static ModelConfig read(String text) {
    return read(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What must hold of every configuration that is accepted. */
  static void requireSound(ModelConfig config) {
    assertThat(ModelConfig.fromJson(config.toJson(), "again")).isEqualTo(config);
    ParameterCounts counts = config.parameterCounts();
    assertThat(counts.total()).isPositive();
    assertThat(counts.active()).isPositive().isLessThanOrEqualTo(counts.total());
    assertThat(counts.mtp()).isNotNegative();
    assertThat(config.gateRule().experts()).isEqualTo(config.nRoutedExperts());
    assertThat(Arrays.stream(RopeTable.frequencies(config))).allMatch(Double::isFinite);
    assertThat(RopeTable.softmaxScale(config)).isFinite().isPositive();
  }

  @Test
  void theFileItselfIsSound() {
    requireSound(read(VALID));
  }

  @ParameterizedTest
  @EnumSource(Corruption.class)
  void namedCorruptionsAreRefused(Corruption corruption) {
    String broken = corruption.change.apply(VALID);
    assertThat(broken).isNotEqualTo(VALID);
    assertThatThrownBy(() -> read(broken))
        .isInstanceOfAny(ModelException.class, FormatException.class)
        .hasMessageStartingWith("config.json")
        .hasMessageContaining(corruption.message);
  }

  @Test
  void bytesThatAreNotTextAreRefused() {
    byte[] bytes = VALID.getBytes(StandardCharsets.UTF_8);
    bytes[bytes.length / 2] = (byte) 0xC0;
    assertThatThrownBy(() -> read(bytes)).isInstanceOf(FormatException.class);
    for (int length = 0; length < bytes.length - 2; length++) {
      byte[] cut = Arrays.copyOf(VALID.getBytes(StandardCharsets.UTF_8), length);
      assertThatThrownBy(() -> read(cut)).isInstanceOf(FormatException.class);
    }
  }

  /** Whatever stands in a field, the file is refused by name or what it says is sound. */
  @Test
  void anyFieldMayHoldAnyValue() {
    List<String> values =
        List.of(
            "null",
            "true",
            "\"x\"",
            "\"\"",
            "[]",
            "{}",
            "0",
            "-1",
            "1",
            "2",
            "3",
            "7",
            "65535",
            "65536",
            "65537",
            "16777216",
            "16777217",
            "2147483647",
            "2147483648",
            "-2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "1e308",
            "1e400",
            "-0.0",
            "0.5",
            "1e-320",
            "[0]",
            "[-1]",
            "[[1]]",
            "{\"type\": \"yarn\"}",
            "\"yarn\"",
            "\"greedy\"",
            "\"softmax\"",
            "\"deepseek_v2\"");
    int refused = 0;
    int accepted = 0;
    for (String base : List.of(Configs.V3, Configs.V2_LITE, Configs.SMALL, VALID)) {
      for (String line : fields(base)) {
        for (String value : values) {
          try {
            requireSound(
                read(base.replace(line, line.substring(0, line.indexOf(':') + 1) + value)));
            accepted++;
          } catch (ModelException | FormatException e) {
            assertThat(e).hasMessageStartingWith("config.json");
            refused++;
          }
        }
      }
    }
    assertThat(refused).isGreaterThan(1000);
    assertThat(accepted).isGreaterThan(200);
  }

  /** Every member with a plain value, as {@code "name": value}. */
  private static List<String> fields(String json) {
    List<String> fields = new ArrayList<>();
    java.util.regex.Matcher matcher =
        java.util.regex.Pattern.compile("\"\\w+\": (?:\"\\w*\"|[\\w.+-]+)").matcher(json);
    while (matcher.find()) {
      fields.add(matcher.group());
    }
    return fields;
  }
}
