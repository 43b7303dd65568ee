package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A hostile {@code config.json} is refused before it has cost much memory or time. */
class ConfigCostTest {
  /**
   * Memory for a byte of the file: the densest JSON is an array of empty objects, each of which
   * takes three bytes in the file and some 240 in the tree.
   */
  private static final long BYTES_PER_BYTE = 100;

  /** Parser buffers, messages, and stack traces. */
  private static final long FIXED_BYTES = 1 << 20;

  /** Whatever the file's size: 2^18 JSON tokens of some 120 bytes, and 4 MiB held four times. */
  private static final long MOST_BYTES = 48L << 20;

  /** Of this thread's own processor time, some ten times what a warm parser needs. */
  private static final long MOST_NANOS = 300_000_000;

  private static final String VALID = Json.pretty(MiniModel.config().toJson());

  @TempDir Path folder;

  enum Hostile {
    LONG_NUMBER(number("9".repeat(1 << 20))),
    LONG_FRACTION(number("0." + "1".repeat(1 << 20))),
    LARGE_EXPONENT(number("1e2147483648")),
    NOT_A_NUMBER(number("NaN")),
    INFINITY(number("-Infinity")),
    BEYOND_BINARY64(number("1e999")),
    DEEP_ARRAYS(number("[".repeat(1 << 20))),
    DEEP_OBJECTS(number("{\"a\":".repeat(1 << 18))),
    ARRAY_FOR_A_NUMBER(number("[" + "0,".repeat(100_000) + "0]")),
    OBJECT_FOR_A_NUMBER(number("{\"a\": 64}")),
    MANY_EMPTY_OBJECTS(extra("[" + "{},".repeat(1 << 20) + "{}]")),
    MANY_EMPTY_ARRAYS(extra("[" + "[],".repeat(1 << 20) + "[]]")),
    MANY_NUMBERS(extra("[" + "0,".repeat(1 << 20) + "0]")),
    ALMOST_TOO_MANY_OBJECTS(
        text -> extra("[" + "{},".repeat(130_000) + "{}]").apply(text).replace(": 64", ": \"\"")),
    MANY_FIELDS(
        text -> {
          StringBuilder fields = new StringBuilder("{");
          for (int i = 0; i < 300_000; i++) {
            fields.append('"').append(Integer.toString(i, 36)).append("\":0,");
          }
          return fields + text.substring(1);
        }),
    FIELD_TWICE(text -> "{\"hidden_size\": 64," + text.substring(1)),
    FIELD_MANY_TIMES(text -> "{" + "\"a\":1,".repeat(500_000) + text.substring(1)),
    LONG_NAME(text -> "{\"" + "n".repeat(1 << 20) + "\": 1," + text.substring(1)),
    LONG_TEXT(text -> text.replace("deepseek_v3", "x".repeat(1_000_000))),
    LONG_TEXT_OF_ESCAPES(text -> text.replace("deepseek_v3", "\\u000a".repeat(170_000))),
    LONGER_TEXT(extra('"' + "x".repeat(3 << 20) + '"')),
    LONG_FILE(text -> text + " ".repeat(5 << 20)),
    BYTES_BEHIND(text -> text + " ".repeat(3 << 20) + "x"),
    ZEROS_BEHIND(text -> text + "\0".repeat(1 << 20)),
    ZEROS_ALONE(_ -> "\0".repeat(1 << 20)),
    SECOND_VALUE(text -> text + text.repeat(200)),
    ABSURD_HEADS(sizes("num_attention_heads", "65536", "v_head_dim", "65536")),
    ABSURD_EXPERTS(sizes("n_routed_experts", "65536", "num_hidden_layers", "1024")),
    ABSURD_SHARED_EXPERTS(sizes("n_shared_experts", "65536", "moe_intermediate_size", "16777216")),
    ABSURD_LAYERS(sizes("num_hidden_layers", "2147483647", "hidden_size", "16777216")),
    ABSURD_VOCABULARY(sizes("vocab_size", "2147483647", "hidden_size", "2147483647")),
    WRAPS_TO_A_SMALL_PRODUCT(sizes("hidden_size", "4294967297", "vocab_size", "4294967297"));

    @SuppressWarnings("ImmutableEnumChecker")
    private final UnaryOperator<String> change;

    Hostile(UnaryOperator<String> change) {
      this.change = change;
    }

    private static UnaryOperator<String> number(String value) {
      return text -> text.replace("\"hidden_size\": 64", "\"hidden_size\": " + value);
    }

    private static UnaryOperator<String> extra(String value) {
      return text -> "{\"extra\": " + value + "," + text.substring(1);
    }

    private static UnaryOperator<String> sizes(
        String one, String oneValue, String other, String otherValue) {
      return text ->
          text.replaceFirst("\"" + one + "\": \\d+", "\"" + one + "\": " + oneValue)
              .replaceFirst("\"" + other + "\": \\d+", "\"" + other + "\": " + otherValue)
              .replaceFirst("\"num_key_value_heads\": \\d+,", "");
    }
  }

  /** The parser's classes are loaded and its first buffers made: they are not the file's doing. */
  @BeforeEach
  void warmUp() throws IOException {
    assertThat(ModelConfig.read(file(VALID))).isEqualTo(MiniModel.config());
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("config.json"), text, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @EnumSource
  void isRefusedCheaply(Hostile hostile) throws IOException {
    String text = hostile.change.apply(VALID);
    assertThat(text).isNotEqualTo(VALID);
    Path file = file(text);
    long memory = ThreadCosts.allocatedBytes();
    long time = ThreadCosts.processorNanos();
    RuntimeException refused = refusal(file);
    time = ThreadCosts.processorNanos() - time;
    memory = ThreadCosts.allocatedBytes() - memory;
    OneSentence.require(refused, file.toString());
    System.out.printf(
        "%s: %d bytes, %d allocated, %.1f ms%n", hostile, text.length(), memory, time * 1e-6);
    assertThat(memory)
        .isLessThan(Math.min(MOST_BYTES, FIXED_BYTES + BYTES_PER_BYTE * text.length()));
    assertThat(time).isLessThan(MOST_NANOS);
  }

  private static RuntimeException refusal(Path file) {
    try {
      ModelConfig.read(file);
    } catch (ModelException | FormatException refused) {
      return refused;
    }
    throw new AssertionError("the file was accepted");
  }

  /** Nothing that is computed of a model that is only just accepted may wrap around. */
  @Test
  void theLargestModelIsPlannedWithoutWrappingAround() {
    ModelConfig largest =
        Configs.parse(
            """
            {"model_type": "deepseek_v3", "vocab_size": 16777216, "hidden_size": 2097152,
             "intermediate_size": 8388608, "num_hidden_layers": 1023,
             "first_k_dense_replace": 1023, "num_attention_heads": 128,
             "kv_lora_rank": 524288, "qk_nope_head_dim": 510, "qk_rope_head_dim": 2,
             "v_head_dim": 512, "max_position_embeddings": 2147483647}""");
    assertThat(largest.parameterCounts().total()).isBetween(1L << 55, 1L << 56);
    InferenceMemory memory;
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP64)) {
      memory = InferenceMemory.of(largest, InferenceMode.EXACT, kernels);
    }
    assertThat(memory.total(1)).isGreaterThan(1L << 58);
    assertThat(memory.total(1L << 31)).isGreaterThan(memory.total(1));
    assertThat(memory.total(1L << 60)).isEqualTo(Long.MAX_VALUE);
  }

  /** Names are made before memory is asked for: a few bytes of numbers must not make millions. */
  @Test
  void theMostExpertsHaveNamesThatFitIntoMemory() {
    String experts =
        """
        {"model_type": "deepseek_v3", "vocab_size": 8, "hidden_size": 2, "num_hidden_layers": 3,
         "moe_intermediate_size": 1, "n_routed_experts": %d, "num_experts_per_tok": 1,
         "num_attention_heads": 1, "kv_lora_rank": 1, "qk_nope_head_dim": 2,
         "qk_rope_head_dim": 2, "v_head_dim": 2, "max_position_embeddings": 8}""";
    ModelConfig most = Configs.parse(experts.formatted(1 << 16));
    long memory = ThreadCosts.allocatedBytes();
    assertThat(ParameterNames.of(most)).hasSizeGreaterThan(3 << 16);
    assertThat(ThreadCosts.allocatedBytes() - memory).isLessThan(1L << 30);
    String tooMany = experts.replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4");
    assertThatThrownBy(() -> Configs.parse(tooMany.formatted(1 << 16)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("n_routed_experts: expected 1 to 52428, found 65536");
  }

  @Test
  void aMissingFileIsNamed() {
    Path file = folder.resolve("nowhere").resolve("config.json");
    assertThatThrownBy(() -> ModelConfig.read(file))
        .isInstanceOf(FormatException.class)
        .hasMessage(file + ": there is no such file");
  }
}
