package dev.hadal.model;

import dev.hadal.format.FormatException;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.GgufMetadata;
import dev.hadal.format.GgufTensor;
import dev.hadal.format.Quoting;
import dev.hadal.kernels.Gate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the metadata of a GGUF file of architecture {@code deepseek2} says of its model (llama.cpp,
 * gguf-py/gguf/constants.py for the keys, src/llama-model.cpp for what absent ones mean).
 *
 * <p>Files of several years lack what younger ones have. A value that is missing but decides over
 * results is filled in with what the published models of that kind have, and a warning says so. The
 * two latent norms use {@link ModelConfig#LATENT_EPS}, as from any other file.
 *
 * @param config the model, with its MTP layer where the file has a whole one
 * @param warnings what was filled in, ignored or switched off, in whole sentences
 */
public record GgufConfig(ModelConfig config, List<String> warnings) {
  /** The one architecture that is read. */
  public static final String ARCHITECTURE = "deepseek2";

  /** Copies the list. */
  public GgufConfig {
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads the metadata.
   *
   * @throws FormatException if a key or tensor that must be there is missing or of another type
   * @throws ModelException if it is not a model of this family or does not fit together
   */
  public static GgufConfig read(GgufFiles files) {
    GgufMetadata metadata = files.metadata();
    String architecture = metadata.getString("general.architecture");
    if (!architecture.equals(ARCHITECTURE)) {
      throw new ModelException(
          "%s: general.architecture: expected %s, found %s"
              .formatted(files.source(), ARCHITECTURE, Quoting.printable(architecture)));
    }
    try {
      return new Reader(files, metadata).read();
    } catch (ModelException e) {
      String message = String.valueOf(e.getMessage());
      String file = files.source().toString();
      throw message.startsWith(file) ? e : new ModelException(file + ": " + message, e);
    }
  }

  /** One reading. */
  private static final class Reader {
    private static final String PREFIX = ARCHITECTURE + ".";
    private static final String NEXTN = "nextn_predict_layers";
    private static final String HEAD_COUNT_KV = "attention.head_count_kv";
    private static final String KEY_LENGTH_MLA = "attention.key_length_mla";
    private static final String VALUE_LENGTH_MLA = "attention.value_length_mla";
    private static final String GATING = "expert_gating_func";
    private static final String GROUPS = "expert_group_count";
    private static final String GROUPS_USED = "expert_group_used_count";
    private static final String SCALE = "expert_weights_scale";
    private static final String SCALING = "rope.scaling.type";
    private static final String FACTOR = "rope.scaling.factor";
    private static final String MULTIPLIER = "rope.scaling.yarn_log_multiplier";
    private static final String BETA_FAST = "rope.scaling.yarn_beta_fast";
    private static final String BETA_SLOW = "rope.scaling.yarn_beta_slow";

    /** What the temperature of attention was multiplied by when the file was made. */
    private static final double MULTIPLIER_OF_ONE = 0.1;

    private static final int EXPERTS_OF_V3 = 256;
    private static final int EXPERTS_OF_KIMI = 384;

    private final GgufFiles files;
    private final GgufMetadata metadata;
    private final Set<String> read = new LinkedHashSet<>();
    private final List<String> warnings = new ArrayList<>();

    Reader(GgufFiles files, GgufMetadata metadata) {
      this.files = files;
      this.metadata = metadata;
    }

    GgufConfig read() {
      ModelConfig config = config();
      String problem =
          config.numNextnPredictLayers() == 0 ? null : GgufNames.mtpProblem(config, files);
      if (problem != null) {
        warn(problem + "; MTP is switched off.");
        config = config.withNextnPredictLayers(0);
      }
      int unread = 0;
      String example = "";
      for (String name : metadata.values().keySet()) {
        if (name.startsWith(PREFIX) && !read.contains(name)) {
          example = unread++ == 0 ? name : example;
        }
      }
      if (unread > 0) {
        warn(
            "%d keys of the architecture are not known and are ignored, the first of them %s."
                .formatted(unread, Quoting.printable(example)));
      }
      return new GgufConfig(config, warnings);
    }

    private ModelConfig config() {
      int blocks = integer("block_count");
      int predicting = integer(NEXTN, 0);
      if (predicting < 0 || predicting >= blocks) {
        throw error(NEXTN, "expected 0 to %d, found %d".formatted(blocks - 1, predicting));
      }
      if (predicting > 1) {
        warn(
            "%s%s: %d layers predict more than the next token, which is not supported; they are"
                    .formatted(PREFIX, NEXTN, predicting)
                + " left out.");
      }
      int layers = blocks - predicting;
      int heads = heads();
      int rope = integer("rope.dimension_count");
      int latent = integer("attention.kv_lora_rank");
      boolean mla = has(KEY_LENGTH_MLA) || has(VALUE_LENGTH_MLA);
      int key = integer(mla ? KEY_LENGTH_MLA : "attention.key_length");
      int value = integer(mla ? VALUE_LENGTH_MLA : "attention.value_length");
      if (mla) {
        // Those of the latent form: they follow from the rest.
        integer("attention.key_length", 0);
        integer("attention.value_length", 0);
      }
      // The tensors' shapes say it, too.
      integer("expert_shared_feed_forward_length", 0);
      int experts = integer("expert_count", 0);
      Gate.Scoring scoring = experts == 0 ? Gate.Scoring.SIGMOID : scoring();
      int groups = experts == 0 ? 1 : groups(scoring, experts);
      return new ModelConfig(
          List.of(
              scoring == Gate.Scoring.SIGMOID ? "DeepseekV3ForCausalLM" : "DeepseekV2ForCausalLM"),
          scoring == Gate.Scoring.SIGMOID ? "deepseek_v3" : "deepseek_v2",
          vocabulary(),
          integer("embedding_length"),
          integer("feed_forward_length", 0),
          integer("expert_feed_forward_length", 0),
          layers,
          heads,
          integer("expert_shared_count", 0),
          experts,
          experts == 0 ? 0 : integer("expert_used_count"),
          integer("leading_dense_block_count", experts == 0 ? layers : 0),
          groups,
          groups == 1 ? 1 : groupsUsed(),
          scoring,
          method(scoring, groups),
          truth("expert_weights_norm"),
          scale(),
          integer("attention.q_lora_rank", 0),
          latent,
          key - rope,
          rope,
          value,
          integer("context_length"),
          number("rope.freq_base", 10_000),
          yarn(experts),
          number("attention.layer_norm_rms_epsilon"),
          predicting == 1 ? 1 : 0,
          metadata.getInt("tokenizer.ggml.bos_token_id", -1),
          stopTokens(),
          "bfloat16");
    }

    private int heads() {
      int heads = integer("attention.head_count");
      int keyHeads = integer(HEAD_COUNT_KV, heads);
      if (keyHeads != 1 && keyHeads != heads) {
        throw error(HEAD_COUNT_KV, "expected 1 or %d, found %d".formatted(heads, keyHeads));
      }
      return heads;
    }

    /** The rows of the embedding table, which everything else must agree with. */
    private int vocabulary() {
      GgufTensor embedding = files.tensor(GgufNames.EMBEDDING);
      long rows = embedding.shape().axes() == 0 ? 0 : embedding.shape().extent(0);
      long stated = integer("vocab_size", (int) Math.min(rows, Integer.MAX_VALUE));
      if (stated != rows) {
        throw error(
            "vocab_size",
            "expected the %d rows of %s, found %d".formatted(rows, GgufNames.EMBEDDING, stated));
      }
      return (int) stated;
    }

    private Gate.Scoring scoring() {
      boolean biased = files.names().stream().anyMatch(GgufNames::isGateBias);
      if (!has(GATING)) {
        warn(
            "%s%s is missing; the gate is taken to be %s."
                .formatted(
                    PREFIX, GATING, biased ? "a sigmoid, as it has a choice bias" : "a softmax"));
        return biased ? Gate.Scoring.SIGMOID : Gate.Scoring.SOFTMAX;
      }
      int function = integer(GATING);
      if (function != 1 && function != 2) {
        throw error(GATING, "expected 1 (softmax) or 2 (sigmoid), found " + function);
      }
      if (function == 1 && biased) {
        throw error(GATING, "expected 2 (sigmoid) for a gate with a choice bias, found 1");
      }
      if (function == 2 && !biased) {
        warn("no gate has a choice bias (exp_probs_b); experts are chosen by their scores alone.");
      }
      return function == 1 ? Gate.Scoring.SOFTMAX : Gate.Scoring.SIGMOID;
    }

    private int groups(Gate.Scoring scoring, int experts) {
      if (has(GROUPS)) {
        return Math.max(1, integer(GROUPS));
      }
      if (scoring == Gate.Scoring.SIGMOID && experts == EXPERTS_OF_V3) {
        warn(
            PREFIX + GROUPS + " is missing; 4 of 8 groups of experts are used, as in DeepSeek-V3.");
        return 8;
      }
      return 1;
    }

    private int groupsUsed() {
      return has(GROUPS) ? integer(GROUPS_USED) : 4;
    }

    private static ModelConfig.TopkMethod method(Gate.Scoring scoring, int groups) {
      if (scoring == Gate.Scoring.SIGMOID) {
        return ModelConfig.TopkMethod.NOAUX_TC;
      }
      return groups > 1
          ? ModelConfig.TopkMethod.GROUP_LIMITED_GREEDY
          : ModelConfig.TopkMethod.GREEDY;
    }

    /** Writers that know none leave it out or write 0. */
    private double scale() {
      double scale = number(SCALE, 1);
      return scale == 0 ? 1 : scale;
    }

    /**
     * The attention temperature is 1 + v ln(factor) with the file's v, and cos and sin are not
     * scaled: so v is a tenth of mscale_all_dim, and mscale is the same.
     */
    private @Nullable YarnScaling yarn(int experts) {
      String type = metadata.getString(known(SCALING), "none");
      double factor = number(FACTOR, 1);
      // Fine-tuned or not, the arithmetic is the same.
      known("rope.scaling.finetuned");
      if (type.equals("none")) {
        if (factor != 0 && factor != 1 && !has(SCALING)) {
          throw error(SCALING, "expected yarn beside a factor of %s, found none".formatted(factor));
        }
        return null;
      }
      if (!type.equals("yarn")) {
        throw error(SCALING, "expected yarn or none, found " + Quoting.printable(type));
      }
      double mscale = multiplier() / MULTIPLIER_OF_ONE;
      double beta = experts == EXPERTS_OF_KIMI ? 1 : 32;
      if (experts == EXPERTS_OF_KIMI && !(has(BETA_FAST) && has(BETA_SLOW))) {
        warn(
            "%s%s or %s is missing; taken to be 1, as in Kimi-K2."
                .formatted(PREFIX, BETA_FAST, "yarn_beta_slow"));
      }
      return new YarnScaling(
          number(FACTOR),
          integer("rope.scaling.original_context_length"),
          number(BETA_FAST, beta),
          number(BETA_SLOW, 1),
          mscale,
          mscale);
    }

    private double multiplier() {
      if (has(MULTIPLIER)) {
        return number(MULTIPLIER);
      }
      warn("%s%s is missing; taken to be 0.1.".formatted(PREFIX, MULTIPLIER));
      return MULTIPLIER_OF_ONE;
    }

    private List<Integer> stopTokens() {
      Set<Integer> tokens = new LinkedHashSet<>();
      for (String kind : List.of("eos", "eot", "eom")) {
        String key = "tokenizer.ggml." + kind + "_token_id";
        if (metadata.has(key)) {
          tokens.add(metadata.getInt(key));
        }
      }
      return List.copyOf(tokens);
    }

    private void warn(String sentence) {
      warnings.add(files.source() + ": " + sentence);
    }

    /** The whole key, which is one of those that are read. */
    private String known(String key) {
      read.add(PREFIX + key);
      return PREFIX + key;
    }

    private boolean has(String key) {
      return metadata.has(known(key));
    }

    private int integer(String key) {
      return metadata.getInt(known(key));
    }

    private int integer(String key, int otherwise) {
      return metadata.getInt(known(key), otherwise);
    }

    private double number(String key) {
      return metadata.getDouble(known(key));
    }

    private double number(String key, double otherwise) {
      return metadata.getDouble(known(key), otherwise);
    }

    private boolean truth(String key) {
      return metadata.getBoolean(known(key), false);
    }

    private ModelException error(String key, String problem) {
      return new ModelException("%s: %s%s: %s".formatted(files.source(), PREFIX, key, problem));
    }
  }
}
