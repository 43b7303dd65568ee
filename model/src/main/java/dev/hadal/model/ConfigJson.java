package dev.hadal.model;

import dev.hadal.format.FormatException;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import dev.hadal.format.Quoting;
import dev.hadal.kernels.Gate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@link ModelConfig} as {@code config.json}. */
final class ConfigJson {
  private static final Set<String> MODEL_TYPES = Set.of("deepseek_v2", "deepseek_v3", "kimi_k2");

  /** Classes whose models compute what ours do; Kimi-K2 and Moonlight name one of them too. */
  private static final Set<String> ARCHITECTURES =
      Set.of("DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM");

  private final JsonObject json;
  private final String file;

  private ConfigJson(JsonObject json, String file) {
    this.json = json;
    this.file = file;
  }

  static ModelConfig read(JsonObject json, String file) {
    ConfigJson reader = new ConfigJson(json, file);
    try {
      return reader.read();
    } catch (FormatException e) {
      throw new ModelException(String.valueOf(e.getMessage()), e);
    } catch (ModelException e) {
      String message = String.valueOf(e.getMessage());
      throw message.startsWith(file) ? e : new ModelException(file + ": " + message, e);
    }
  }

  private ModelConfig read() {
    String modelType = json.getString("model_type");
    if (!MODEL_TYPES.contains(modelType)) {
      throw found("model_type", "one of deepseek_v3, deepseek_v2, kimi_k2", modelType);
    }
    List<String> architectures =
        json.findArray("architectures").map(JsonArray::toStrings).orElse(List.of());
    if (!architectures.isEmpty() && architectures.stream().noneMatch(ARCHITECTURES::contains)) {
      throw found("architectures", "DeepseekV3ForCausalLM or DeepseekV2ForCausalLM", architectures);
    }
    requireFlag("attention_bias", false);
    requireFlag("tie_word_embeddings", false);
    requireNumber("moe_layer_freq", 1, 1);
    requireNumber("num_key_value_heads", 0, json.getInt("num_attention_heads"));
    String activation = json.getString("hidden_act", "silu");
    if (!activation.equals("silu")) {
      throw found("hidden_act", "silu", activation);
    }
    boolean v2 = modelType.equals("deepseek_v2");
    boolean routes = json.has("n_routed_experts");
    int layers = json.getInt("num_hidden_layers");
    return new ModelConfig(
        architectures,
        modelType,
        json.getInt("vocab_size"),
        json.getInt("hidden_size"),
        json.getInt("intermediate_size", 0),
        json.getInt("moe_intermediate_size", 0),
        layers,
        json.getInt("num_attention_heads"),
        json.getInt("n_shared_experts", 0),
        json.getInt("n_routed_experts", 0),
        routes ? json.getInt("num_experts_per_tok") : 0,
        json.getInt("first_k_dense_replace", routes ? 0 : layers),
        json.getInt("n_group", 1),
        json.getInt("topk_group", 1),
        scoring(json.getString("scoring_func", v2 ? "softmax" : "sigmoid")),
        method(json.getString("topk_method", v2 ? "greedy" : "noaux_tc")),
        json.getBoolean("norm_topk_prob", !v2),
        json.getDouble("routed_scaling_factor", 1),
        json.getInt("q_lora_rank", 0),
        json.getInt("kv_lora_rank"),
        json.getInt("qk_nope_head_dim"),
        json.getInt("qk_rope_head_dim"),
        json.getInt("v_head_dim"),
        json.getInt("max_position_embeddings"),
        ropeTheta(),
        yarn(),
        json.getDouble("rms_norm_eps", 1e-6),
        json.getInt("num_nextn_predict_layers", 0),
        json.getInt("bos_token_id", -1),
        tokens("eos_token_id"),
        json.getString("torch_dtype", json.getString("dtype", "bfloat16")));
  }

  private double ropeTheta() {
    double inner =
        json.findObject("rope_parameters").map(rope -> rope.getDouble("rope_theta", 0)).orElse(0.0);
    return json.getDouble("rope_theta", inner > 0 ? inner : 10000);
  }

  private @Nullable YarnScaling yarn() {
    JsonObject scaling =
        json.findObject("rope_scaling").or(() -> json.findObject("rope_parameters")).orElse(null);
    if (scaling == null) {
      return null;
    }
    String type = scaling.getString("type", scaling.getString("rope_type", "default"));
    return switch (type) {
      case "default" -> null;
      case "yarn" ->
          new YarnScaling(
              scaling.getDouble("factor"),
              scaling.getInt("original_max_position_embeddings"),
              scaling.getDouble("beta_fast", 32),
              scaling.getDouble("beta_slow", 1),
              scaling.getDouble("mscale", 1),
              scaling.getDouble("mscale_all_dim", 0));
      default -> throw found("rope_scaling.type", "yarn", type);
    };
  }

  private Gate.Scoring scoring(String name) {
    return switch (name) {
      case "sigmoid" -> Gate.Scoring.SIGMOID;
      case "softmax" -> Gate.Scoring.SOFTMAX;
      default -> throw found("scoring_func", "sigmoid or softmax", name);
    };
  }

  private ModelConfig.TopkMethod method(String name) {
    for (ModelConfig.TopkMethod method : ModelConfig.TopkMethod.values()) {
      if (method.fileName().equals(name)) {
        return method;
      }
    }
    throw found(
        "topk_method",
        Stream.of(ModelConfig.TopkMethod.values())
            .map(ModelConfig.TopkMethod::fileName)
            .collect(Collectors.joining(" or ")),
        name);
  }

  private List<Integer> tokens(String field) {
    JsonValue value = json.find(field).orElse(null);
    if (!(value instanceof JsonArray array)) {
      return value == null ? List.of() : List.of(json.getInt(field));
    }
    List<Integer> tokens = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      tokens.add(array.getInt(i));
    }
    return tokens;
  }

  private void requireFlag(String field, boolean expected) {
    boolean value = json.getBoolean(field, expected);
    if (value != expected) {
      throw found(field, expected, value);
    }
  }

  private void requireNumber(String field, int absent, int expected) {
    int value = json.getInt(field, absent);
    if (value != absent && value != expected) {
      throw found(field, expected, value);
    }
  }

  private ModelException found(String field, Object expected, Object found) {
    return new ModelException(
        "%s: %s: expected %s, found %s"
            .formatted(file, field, expected, Quoting.printable(String.valueOf(found))));
  }

  static JsonObject write(ModelConfig config) {
    JsonObject.Builder json = JsonObject.builder();
    json.put("architectures", JsonArray.ofStrings(config.architectures()));
    json.put("model_type", config.modelType());
    json.put("vocab_size", config.vocabSize());
    json.put("hidden_size", config.hiddenSize());
    json.put("intermediate_size", config.intermediateSize());
    json.put("moe_intermediate_size", config.moeIntermediateSize());
    json.put("num_hidden_layers", config.numHiddenLayers());
    json.put("num_attention_heads", config.numAttentionHeads());
    json.put("num_key_value_heads", config.numAttentionHeads());
    json.put("n_shared_experts", config.nSharedExperts());
    json.put("n_routed_experts", config.nRoutedExperts());
    json.put("num_experts_per_tok", config.numExpertsPerTok());
    json.put("first_k_dense_replace", config.firstKDenseReplace());
    json.put("moe_layer_freq", 1);
    json.put("n_group", config.nGroup());
    json.put("topk_group", config.topkGroup());
    json.put("scoring_func", config.scoringFunc().name().toLowerCase(Locale.ROOT));
    json.put("topk_method", config.topkMethod().fileName());
    json.put("norm_topk_prob", config.normTopkProb());
    json.put("routed_scaling_factor", config.routedScalingFactor());
    json.put(
        "q_lora_rank",
        config.compressesQueries() ? new JsonInteger(config.qLoraRank()) : new JsonNull());
    json.put("kv_lora_rank", config.kvLoraRank());
    json.put("qk_nope_head_dim", config.qkNopeHeadDim());
    json.put("qk_rope_head_dim", config.qkRopeHeadDim());
    json.put("v_head_dim", config.vHeadDim());
    json.put("max_position_embeddings", config.maxPositionEmbeddings());
    json.put("rope_theta", config.ropeTheta());
    YarnScaling yarn = config.ropeScaling();
    json.put("rope_scaling", yarn == null ? new JsonNull() : write(yarn));
    json.put("rms_norm_eps", config.rmsNormEps());
    json.put("hidden_act", "silu");
    json.put("attention_bias", false);
    json.put("tie_word_embeddings", false);
    json.put("num_nextn_predict_layers", config.numNextnPredictLayers());
    if (config.bosTokenId() >= 0) {
      json.put("bos_token_id", config.bosTokenId());
    }
    List<Integer> eos = config.eosTokenIds();
    if (eos.size() == 1) {
      json.put("eos_token_id", eos.getFirst());
    } else if (!eos.isEmpty()) {
      json.put(
          "eos_token_id", JsonArray.ofLongs(eos.stream().mapToLong(Integer::longValue).toArray()));
    }
    json.put("torch_dtype", config.torchDtype());
    return json.build();
  }

  private static JsonObject write(YarnScaling yarn) {
    return JsonObject.builder()
        .put("type", "yarn")
        .put("factor", yarn.factor())
        .put("original_max_position_embeddings", yarn.originalMaxPositionEmbeddings())
        .put("beta_fast", yarn.betaFast())
        .put("beta_slow", yarn.betaSlow())
        .put("mscale", yarn.mscale())
        .put("mscale_all_dim", yarn.mscaleAllDim())
        .build();
  }
}
