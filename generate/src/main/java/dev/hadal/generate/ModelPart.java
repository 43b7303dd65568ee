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
    if (name.startsWith("model.embed_tokens.")) {
      return EMBEDDING;
    }
    if (name.startsWith("model.norm.")) {
      return NORMS;
    }
    return name.startsWith("lm_head.") ? HEAD : OTHER;
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
    return !name.endsWith("_scale_inv") && !copy;
  }
}
