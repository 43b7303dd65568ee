package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.hadal.format.FormatException;
import dev.hadal.format.GgufArray;
import dev.hadal.format.GgufType;
import dev.hadal.format.GgufValue;
import dev.hadal.format.GgufValueType;
import dev.hadal.kernels.Gate;
import dev.hadal.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Metadata of files old and young, and what is refused of it. */
class GgufConfigTest {
  @TempDir private Path folder = Path.of("");

  private GgufConfig read(Consumer<GgufMini> change) {
    GgufMini mini = new GgufMini().keep(false);
    change.accept(mini);
    return GgufMini.config(mini.write(folder.resolve("x.gguf")));
  }

  @Test
  void aWholeFileSaysWhatTheCheckpointSays() {
    GgufConfig found = read(_ -> {});
    assertThat(found.config()).isEqualTo(MiniModel.config());
    assertThat(found.warnings()).isEmpty();
    GgufMini old = new GgufMini().keep(true);
    assertThat(GgufMini.config(old.write(folder.resolve("old.gguf"))).config())
        .isEqualTo(MiniModel.config());
  }

  @Test
  void temperatureAndBetasOfYarn() {
    YarnScaling doubled =
        Objects.requireNonNull(
            read(m -> m.real("rope.scaling.yarn_log_multiplier", 0.2f)).config().ropeScaling());
    assertThat(doubled.mscaleAllDim()).isEqualTo(2);
    assertThat(doubled.mscale()).isEqualTo(2);
    GgufConfig missing = read(m -> m.remove("rope.scaling.yarn_log_multiplier"));
    assertThat(missing.config()).isEqualTo(MiniModel.config());
    assertThat(missing.warnings())
        .singleElement()
        .asString()
        .endsWith("deepseek2.rope.scaling.yarn_log_multiplier is missing; taken to be 0.1.");
    GgufConfig betas =
        read(
            m -> {
              m.real("rope.scaling.yarn_beta_fast", 3);
              m.real("rope.scaling.yarn_beta_slow", 2);
            });
    assertThat(betas.config().ropeScaling()).isEqualTo(new YarnScaling(4, 64, 3, 2, 1, 1));
    assertThat(betas.warnings()).isEmpty();
    GgufConfig none = read(m -> m.remove("rope.scaling.type", "rope.scaling.factor"));
    assertThat(none.config().ropeScaling()).isNull();
  }

  /** A file whose gate has so many experts; only the configuration is read of it. */
  private static void experts(GgufMini mini, int experts) {
    mini.withoutPrediction();
    mini.number("expert_count", experts);
    mini.remove("expert_group_count", "expert_group_used_count");
  }

  @Test
  void kimiIsKnownByItsNumberOfExperts() {
    GgufConfig found = read(m -> experts(m, 384));
    assertThat(found.config().ropeScaling()).isEqualTo(new YarnScaling(4, 64, 1, 1, 1, 1));
    assertThat(found.config().nGroup()).isEqualTo(1);
    assertThat(found.warnings()).singleElement().asString().contains("as in Kimi-K2");
  }

  @Test
  void groupsThatAreMissingAreThoseOfV3() {
    GgufConfig found = read(m -> experts(m, 256));
    assertThat(found.config().nGroup()).isEqualTo(8);
    assertThat(found.config().topkGroup()).isEqualTo(4);
    assertThat(found.warnings()).singleElement().asString().contains("as in DeepSeek-V3");
    assertThat(read(m -> experts(m, 64)).config().nGroup()).isEqualTo(1);
    GgufConfig softmax =
        read(
            m -> {
              experts(m, 256);
              m.number("expert_gating_func", 1);
              m.tensors.remove("blk.1.exp_probs_b.bias");
            });
    assertThat(softmax.config().nGroup()).isEqualTo(1);
    assertThat(softmax.config().topkMethod()).isEqualTo(ModelConfig.TopkMethod.GREEDY);
  }

  @Test
  void aGatingFunctionThatIsMissingFollowsFromTheBias() {
    GgufConfig sigmoid = read(m -> m.remove("expert_gating_func"));
    assertThat(sigmoid.config()).isEqualTo(MiniModel.config());
    assertThat(sigmoid.warnings()).singleElement().asString().contains("a sigmoid, as it has");
    GgufConfig softmax =
        read(
            m -> {
              m.withoutPrediction();
              m.remove("expert_gating_func");
              m.tensors.remove("blk.1.exp_probs_b.bias");
            });
    assertThat(softmax.config().scoringFunc()).isEqualTo(Gate.Scoring.SOFTMAX);
    assertThat(softmax.config().modelType()).isEqualTo("deepseek_v2");
    assertThat(softmax.config().topkMethod())
        .isEqualTo(ModelConfig.TopkMethod.GROUP_LIMITED_GREEDY);
    assertThat(softmax.warnings()).singleElement().asString().contains("taken to be a softmax");
  }

  @Test
  void normAndScaleThatAreMissing() {
    ModelConfig config =
        read(m -> m.remove("expert_weights_norm", "expert_weights_scale")).config();
    assertThat(config.normTopkProb()).isFalse();
    assertThat(config.routedScalingFactor()).isEqualTo(1);
    assertThat(read(m -> m.real("expert_weights_scale", 0)).config().routedScalingFactor())
        .isEqualTo(1);
  }

  @Test
  void queriesWithoutALatent() {
    assertThat(read(m -> m.remove("attention.q_lora_rank")).config().qLoraRank()).isZero();
    assertThat(read(m -> m.number("attention.q_lora_rank", 0)).config().qLoraRank()).isZero();
  }

  @Test
  void aModelWithoutExperts() {
    ModelConfig config =
        read(m -> {
              m.withoutPrediction();
              m.remove("expert_count", "leading_dense_block_count");
            })
            .config();
    assertThat(config.moeLayers()).isEmpty();
  }

  @Test
  void allTokensThatEndATextAreRead() {
    GgufConfig found =
        read(
            m -> {
              m.metadata.put("tokenizer.ggml.eot_token_id", GgufValue.Whole.of(7));
              m.metadata.put("tokenizer.ggml.eom_token_id", GgufValue.Whole.of(1));
            });
    assertThat(found.config().eosTokenIds()).containsExactly(1, 7);
  }

  @Test
  void whatIsNotKnownIsReported() {
    GgufConfig found =
        read(
            m -> {
              m.real("rope.scaling.attn_factor", 0.5f);
              m.number("swiglu_limit", 7);
              m.number("nextn_predict_layers", 2);
              m.number("block_count", 4);
              m.text("general.name", "x");
            });
    assertThat(found.config().numNextnPredictLayers()).isZero();
    assertThat(found.config().numHiddenLayers()).isEqualTo(2);
    assertThat(found.warnings())
        .hasSize(2)
        .anyMatch(w -> w.contains("2 layers predict more than the next token"))
        .anyMatch(
            w ->
                w.contains(
                    "2 keys of the architecture are not known and are ignored, the first of them"
                        + " deepseek2.rope.scaling.attn_factor"));
  }

  /** Every key with every wrong value: a configuration or one sentence, and soon. */
  @Test
  void everyKeyMayHaveAnyValue() {
    List<GgufValue> values =
        List.of(
            GgufValue.Whole.of(0),
            GgufValue.Whole.of(1),
            GgufValue.Whole.of(Integer.MAX_VALUE),
            new GgufValue.Whole(GgufValueType.INT32, -1),
            new GgufValue.Whole(GgufValueType.INT64, Long.MIN_VALUE),
            new GgufValue.Whole(GgufValueType.UINT64, -1),
            GgufValue.Real.of(Float.NaN),
            GgufValue.Real.of(-0f),
            GgufValue.Real.of(Float.MAX_VALUE),
            new GgufValue.Truth(false),
            new GgufValue.Text("\u202e\n".repeat(100)),
            GgufArray.ofInts(1, 2));
    GgufMini mini = new GgufMini();
    mini.withoutPrediction();
    mini.tensors.keySet().retainAll(List.of("token_embd.weight", "blk.1.exp_probs_b.bias"));
    Path path = folder.resolve("x.gguf");
    int refused = 0;
    for (String key : List.copyOf(mini.metadata.keySet())) {
      GgufValue before = Objects.requireNonNull(mini.metadata.get(key));
      for (GgufValue value : values) {
        mini.metadata.put(key, value);
        try {
          assertThat(GgufMini.config(mini.write(path)).config().numHiddenLayers()).isPositive();
        } catch (FormatException | ModelException e) {
          OneSentence.require(e, path + ": ");
          refused++;
        }
      }
      mini.metadata.put(key, before);
    }
    assertThat(refused).isGreaterThan(mini.metadata.size() * values.size() / 2);
  }

  enum Bad {
    ARCHITECTURE(
        m -> m.text("general.architecture", "llama"),
        "general.architecture: expected deepseek2, found llama"),
    NO_ARCHITECTURE(
        m -> m.metadata.remove("general.architecture"), "general.architecture: the key is missing"),
    NO_BLOCKS(m -> m.remove("block_count"), "deepseek2.block_count: the key is missing"),
    BLOCKS_0(m -> m.number("block_count", 0), "nextn_predict_layers: expected 0 to -1"),
    BLOCKS_MANY(m -> m.number("block_count", 100_000), "num_hidden_layers: expected 1 to 1024"),
    MTP_ONLY(m -> m.number("nextn_predict_layers", 3), "nextn_predict_layers: expected 0 to 2"),
    WIDTH_ARRAY(
        m -> m.set("feed_forward_length", GgufArray.ofInts(1, 2)),
        "deepseek2.feed_forward_length: expected an integer of 32 bits, found 2 elements"),
    WIDTH_TEXT(
        m -> m.set("embedding_length", new GgufValue.Text("64")),
        "deepseek2.embedding_length: expected an integer of 32 bits, found 64 of type STRING"),
    WIDTH_0(m -> m.number("embedding_length", 0), "hidden_size: expected 1 to"),
    HEADS_GROUPED(
        m -> m.number("attention.head_count_kv", 3),
        "deepseek2.attention.head_count_kv: expected 1 or 2, found 3"),
    NO_LATENT(
        m -> m.remove("attention.kv_lora_rank"), "attention.kv_lora_rank: the key is missing"),
    ONE_MLA(
        m -> m.remove("attention.value_length_mla"),
        "attention.value_length_mla: the key is missing"),
    KEY_SHORTER_THAN_ROPE(
        m -> m.number("attention.key_length_mla", 8), "qk_nope_head_dim: expected 1 to"),
    ROPE_ODD(m -> m.number("rope.dimension_count", 7), "qk_rope_head_dim: expected an even width"),
    NO_EPSILON(
        m -> m.remove("attention.layer_norm_rms_epsilon"), "rms_epsilon: the key is missing"),
    EPSILON_NAN(
        m -> m.real("attention.layer_norm_rms_epsilon", Float.NaN), "rms_norm_eps: expected a"),
    NO_CONTEXT(m -> m.remove("context_length"), "context_length: the key is missing"),
    GATING_3(m -> m.number("expert_gating_func", 3), "expert_gating_func: expected 1 (softmax)"),
    SOFTMAX_WITH_BIAS(
        m -> m.number("expert_gating_func", 1), "expert_gating_func: expected 2 (sigmoid)"),
    NORM_NUMBER(
        m -> m.number("expert_weights_norm", 1),
        "deepseek2.expert_weights_norm: expected a truth value, found 1 of type UINT32"),
    SCALE_NEGATIVE(m -> m.real("expert_weights_scale", -1), "routed_scaling_factor: expected a"),
    NO_EXPERTS_USED(m -> m.remove("expert_used_count"), "expert_used_count: the key is missing"),
    GROUPS_WITHOUT_USED(
        m -> m.remove("expert_group_used_count"), "expert_group_used_count: the key is missing"),
    GROUPS_DO_NOT_DIVIDE(m -> m.number("expert_group_count", 3), "n_group: expected a divisor"),
    ROPE_LINEAR(
        m -> m.set("rope.scaling.type", new GgufValue.Text("linear")),
        "deepseek2.rope.scaling.type: expected yarn or none, found linear"),
    ROPE_FACTOR_ALONE(
        m -> m.remove("rope.scaling.type"), "deepseek2.rope.scaling.type: expected yarn beside"),
    ROPE_FACTOR_INFINITE(
        m -> m.real("rope.scaling.factor", Float.POSITIVE_INFINITY), "rope_scaling.factor"),
    ROPE_WITHOUT_CONTEXT(
        m -> m.remove("rope.scaling.original_context_length"),
        "original_context_length: the key is missing"),
    VOCABULARY_OTHER(
        m -> m.number("vocab_size", 97),
        "deepseek2.vocab_size: expected the 96 rows of token_embd.weight, found 97"),
    EMBEDDING_SCALAR(
        m ->
            m.tensors.put(
                "token_embd.weight", new GgufMini.Part(GgufType.F32, Shape.of(), new float[1])),
        "deepseek2.vocab_size: expected the 0 rows"),
    BOS_BEYOND(
        m -> m.metadata.put("tokenizer.ggml.bos_token_id", GgufValue.Whole.of(96)),
        "bos_token_id: expected a token below vocab_size, found 96"),
    EOS_BEYOND(
        m -> m.metadata.put("tokenizer.ggml.eos_token_id", GgufValue.Whole.of(Integer.MAX_VALUE)),
        "eos_token_id: expected a token below vocab_size");

    @SuppressWarnings("ImmutableEnumChecker")
    private final Consumer<GgufMini> damage;

    private final String message;

    Bad(Consumer<GgufMini> damage, String message) {
      this.damage = damage;
      this.message = message;
    }
  }

  @ParameterizedTest
  @EnumSource
  void metadataThatDescribesNoModelIsRefused(Bad bad) {
    Throwable refused = catchThrowable(() -> read(bad.damage));
    assertThat(refused)
        .isInstanceOfAny(FormatException.class, ModelException.class)
        .hasMessageContaining(bad.message);
    OneSentence.require((RuntimeException) refused, folder.resolve("x.gguf") + ": ");
  }
}
