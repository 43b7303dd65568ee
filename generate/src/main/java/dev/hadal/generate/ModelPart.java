package dev.hadal.generate;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parts of a model, told apart by the names of its tensors. */
public enum ModelPart {
  /** Token embedding. */
  EMBEDDING,
  /** Attention with its latent norms. */
  ATTENTION,
  /** Block norms and the final norm. */
  NORMS,
  /** Dense feed-forward layers. */
  DENSE,
  /** Routed experts. */
  EXPERTS,
  /** Shared experts. */
  SHARED,
  /** Gate weights and choice biases. */
  GATES,
  /** Output head. */
  HEAD,
  /** Everything of the multi-token-prediction layer. */
  MTP,
  /** What has another name. */
  OTHER;

  private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d{1,6})\\.(.*)");

  /** A tensor of a GGUF file. */
  private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,6})\\.(.*)");

  /** The name in reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The part of a tensor.
   *
   * @param mainLayers how many layers the main model has; the layer after them is MTP's
   */
  static ModelPart of(String name, int mainLayers) {
    Matcher layer = LAYER.matcher(name);
    if (layer.matches()) {
      boolean mtp = Integer.parseInt(layer.group(1)) >= mainLayers;
      return mtp || isMtp(layer.group(2)) ? MTP : inLayer(layer.group(2));
    }
    Matcher block = BLOCK.matcher(name);
    if (block.matches()) {
      boolean mtp = Integer.parseInt(block.group(1)) >= mainLayers;
      return mtp || block.group(2).startsWith("nextn.") ? MTP : inBlock(block.group(2));
    }
    if (name.startsWith("model.embed_tokens.") || name.startsWith("token_embd.")) {
      return EMBEDDING;
    }
    if (name.startsWith("model.norm.") || name.startsWith("output_norm.")) {
      return NORMS;
    }
    return name.startsWith("lm_head.") || name.startsWith("output.") ? HEAD : OTHER;
  }

  private static ModelPart inBlock(String rest) {
    if (rest.startsWith("attn_norm.") || rest.startsWith("ffn_norm.")) {
      return NORMS;
    }
    if (rest.startsWith("attn_")) {
      return ATTENTION;
    }
    if (rest.startsWith("ffn_gate_inp.") || rest.startsWith("exp_probs_b.")) {
      return GATES;
    }
    if (!rest.startsWith("ffn_")) {
      return OTHER;
    }
    if (rest.contains("_exps.")) {
      return EXPERTS;
    }
    return rest.contains("_shexp.") ? SHARED : DENSE;
  }

  /** Names that only an MTP layer has, where no configuration says which layer it is. */
  private static boolean isMtp(String rest) {
    return rest.startsWith("eh_proj.")
        || rest.startsWith("enorm.")
        || rest.startsWith("hnorm.")
        || rest.startsWith("shared_head.")
        || rest.startsWith("embed_tokens.");
  }

  private static ModelPart inLayer(String rest) {
    if (rest.startsWith("self_attn.")) {
      return ATTENTION;
    }
    if (rest.startsWith("input_layernorm.") || rest.startsWith("post_attention_layernorm.")) {
      return NORMS;
    }
    if (rest.startsWith("mlp.experts.")) {
      return EXPERTS;
    }
    if (rest.startsWith("mlp.shared_experts.")) {
      return SHARED;
    }
    if (rest.startsWith("mlp.gate.")) {
      return GATES;
    }
    return rest.startsWith("mlp.") ? DENSE : OTHER;
  }

  /** Whether a tensor's elements are parameters: not scales, nor copies of shared tensors. */
  static boolean counts(String name) {
    boolean layer = name.startsWith("model.layers.");
    boolean copy =
        layer
            && (name.endsWith(".shared_head.head.weight") || name.endsWith(".embed_tokens.weight"));
    copy |= name.endsWith(".nextn.embed_tokens.weight");
    copy |= name.endsWith(".nextn.shared_head_head.weight");
    return !name.endsWith("_scale_inv") && !copy;
  }
}
