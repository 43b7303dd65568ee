package dev.hadal.model;

import dev.hadal.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names and shapes of the tensors of a checkpoint (DeepSeek-V3 repository, README_WEIGHTS.md), in
 * model order: embedding, layers ascending, the MTP layer, final norm, head. Linears are [out, in].
 */
public final class ParameterNames {
  /** The token embedding [V, D], shared with the MTP layer. */
  public static final String EMBEDDING = "model.embed_tokens.weight";

  /** The final norm [D]. */
  public static final String FINAL_NORM = "model.norm.weight";

  /** The output head [V, D], shared with the MTP layer. */
  public static final String HEAD = "lm_head.weight";

  /** Suffix of the FP32 scales of a tensor in FP8 blocks. */
  public static final String SCALE_SUFFIX = "_scale_inv";

  private final ModelConfig config;
  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  private ParameterNames(ModelConfig config) {
    this.config = config;
  }

  /** The start of all names of a layer. */
  public static String layer(int layer) {
    return "model.layers." + layer + ".";
  }

  /** The choice bias of a layer's gate. */
  public static String gateBias(int layer) {
    return layer(layer) + "mlp.gate.e_score_correction_bias";
  }

  /** The MTP layer's copy of the embedding. */
  public static String embeddingCopy(int layer) {
    return layer(layer) + "embed_tokens.weight";
  }

  /** The MTP layer's copy of the head. */
  public static String headCopy(int layer) {
    return layer(layer) + "shared_head.head.weight";
  }

  /** Whether a name is that of a tensor of a routed expert. */
  static boolean isOfRoutedExpert(String name) {
    return name.contains(".mlp.experts.");
  }

  /** All trained tensors in model order. */
  static Map<String, Shape> of(ModelConfig config) {
    return new ParameterNames(config).collect();
  }

  private Map<String, Shape> collect() {
    long d = config.hiddenSize();
    put(EMBEDDING, config.vocabSize(), d);
    for (int layer = 0; layer < config.allLayers(); layer++) {
      block(layer);
    }
    put(FINAL_NORM, d);
    put(HEAD, config.vocabSize(), d);
    return shapes;
  }

  private void block(int layer) {
    String prefix = layer(layer);
    long d = config.hiddenSize();
    boolean mtp = layer >= config.numHiddenLayers();
    if (mtp) {
      put(prefix + "enorm.weight", d);
      put(prefix + "hnorm.weight", d);
      put(prefix + "eh_proj.weight", d, 2 * d);
    }
    put(prefix + "input_layernorm.weight", d);
    attention(prefix + "self_attn.");
    put(prefix + "post_attention_layernorm.weight", d);
    String mlp = prefix + "mlp.";
    if (config.isMoe(layer)) {
      put(mlp + "gate.weight", config.nRoutedExperts(), d);
      for (int e = 0; e < config.nRoutedExperts(); e++) {
        feedForward(mlp + "experts." + e + ".", config.moeIntermediateSize());
      }
      if (config.nSharedExperts() > 0) {
        feedForward(mlp + "shared_experts.", config.sharedIntermediateSize());
      }
    } else {
      feedForward(mlp, config.intermediateSize());
    }
    if (mtp) {
      put(prefix + "shared_head.norm.weight", d);
    }
  }

  private void attention(String prefix) {
    long d = config.hiddenSize();
    long heads = config.numAttentionHeads();
    long queries = heads * config.qkHeadDim();
    if (config.compressesQueries()) {
      put(prefix + "q_a_proj.weight", config.qLoraRank(), d);
      put(prefix + "q_a_layernorm.weight", config.qLoraRank());
      put(prefix + "q_b_proj.weight", queries, config.qLoraRank());
    } else {
      put(prefix + "q_proj.weight", queries, d);
    }
    long latent = config.kvLoraRank();
    put(prefix + "kv_a_proj_with_mqa.weight", latent + config.qkRopeHeadDim(), d);
    put(prefix + "kv_a_layernorm.weight", latent);
    put(prefix + "kv_b_proj.weight", heads * (config.qkNopeHeadDim() + config.vHeadDim()), latent);
    put(prefix + "o_proj.weight", d, heads * config.vHeadDim());
  }

  private void feedForward(String prefix, long width) {
    put(prefix + "gate_proj.weight", width, config.hiddenSize());
    put(prefix + "up_proj.weight", width, config.hiddenSize());
    put(prefix + "down_proj.weight", config.hiddenSize(), width);
  }

  private void put(String name, long... extents) {
    shapes.put(name, Shape.of(extents));
  }
}
