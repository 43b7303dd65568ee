package dev.hadal.model;

import dev.hadal.format.GgufBlocks;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.GgufType;
import dev.hadal.format.GgufValue;
import dev.hadal.format.GgufValueType;
import dev.hadal.format.GgufWriter;
import dev.hadal.format.WeightFiles;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The golden model "mini" as the parts of a GGUF file, any of which a test can change. */
final class GgufMini {
  /** A tensor, outermost extent first. */
  record Part(GgufType type, Shape shape, float[] values) {}

  final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  final Map<String, Part> tensors = new LinkedHashMap<>();
  private final ModelConfig config = MiniModel.config();

  GgufMini() {
    describe();
    try (WeightFiles files = WeightFiles.open(MiniModel.folder().resolve("model.safetensors"));
        Arena arena = Arena.ofConfined()) {
      Source source = name -> files.load(name, DType.F32, arena).toFloats();
      long d = config.hiddenSize();
      put("token_embd", source, ParameterNames.EMBEDDING, config.vocabSize(), d);
      put("output_norm", source, ParameterNames.FINAL_NORM, d);
      put("output", source, ParameterNames.HEAD, config.vocabSize(), d);
      for (int layer = 0; layer < config.allLayers(); layer++) {
        block(source, layer);
      }
    }
  }

  private interface Source {
    float[] values(String name);
  }

  private void describe() {
    text("general.architecture", "deepseek2");
    number("block_count", 3);
    number("nextn_predict_layers", 1);
    number("context_length", config.maxPositionEmbeddings());
    number("embedding_length", config.hiddenSize());
    number("feed_forward_length", config.intermediateSize());
    number("vocab_size", config.vocabSize());
    number("attention.head_count", config.numAttentionHeads());
    number("attention.head_count_kv", 1);
    number("attention.q_lora_rank", config.qLoraRank());
    number("attention.kv_lora_rank", config.kvLoraRank());
    number("attention.key_length", config.kvLoraRank() + config.qkRopeHeadDim());
    number("attention.value_length", config.kvLoraRank());
    number("attention.key_length_mla", config.qkHeadDim());
    number("attention.value_length_mla", config.vHeadDim());
    real("attention.layer_norm_rms_epsilon", 1e-6f);
    number("leading_dense_block_count", 1);
    number("expert_count", config.nRoutedExperts());
    number("expert_used_count", config.numExpertsPerTok());
    number("expert_shared_count", 1);
    number("expert_feed_forward_length", config.moeIntermediateSize());
    number("expert_group_count", config.nGroup());
    number("expert_group_used_count", config.topkGroup());
    number("expert_gating_func", 2);
    real("expert_weights_scale", 2.5f);
    set("expert_weights_norm", new GgufValue.Truth(true));
    number("rope.dimension_count", config.qkRopeHeadDim());
    real("rope.freq_base", 10000);
    set("rope.scaling.type", new GgufValue.Text("yarn"));
    real("rope.scaling.factor", 4);
    number("rope.scaling.original_context_length", 64);
    real("rope.scaling.yarn_log_multiplier", 0.1f);
    metadata.put("tokenizer.ggml.bos_token_id", GgufValue.Whole.of(0));
    metadata.put("tokenizer.ggml.eos_token_id", GgufValue.Whole.of(1));
  }

  void set(String key, GgufValue value) {
    metadata.put("deepseek2." + key, value);
  }

  void number(String key, int value) {
    set(key, new GgufValue.Whole(GgufValueType.UINT32, value));
  }

  void real(String key, float value) {
    set(key, GgufValue.Real.of(value));
  }

  void text(String key, String value) {
    metadata.put(key, new GgufValue.Text(value));
  }

  void remove(String... keys) {
    for (String key : keys) {
      Objects.requireNonNull(metadata.remove("deepseek2." + key), key);
    }
  }

  Part part(String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  private void put(String theirs, Source source, String ours, long... extents) {
    put(theirs + ".weight", GgufType.F32, source.values(ours), extents);
  }

  private void put(String name, GgufType type, float[] values, long... extents) {
    tensors.put(name, new Part(type, Shape.of(extents), values));
  }

  private void block(Source source, int layer) {
    String ours = ParameterNames.layer(layer);
    String theirs = "blk." + layer + ".";
    long d = config.hiddenSize();
    put(theirs + "attn_norm", source, ours + "input_layernorm.weight", d);
    put(theirs + "ffn_norm", source, ours + "post_attention_layernorm.weight", d);
    attention(source, ours + "self_attn.", theirs + "attn_");
    if (config.isMoe(layer)) {
      long e = config.nRoutedExperts();
      long f = config.moeIntermediateSize();
      put(theirs + "ffn_gate_inp", source, ours + "mlp.gate.weight", e, d);
      put(
          theirs + "exp_probs_b.bias",
          GgufType.F32,
          source.values(ParameterNames.gateBias(layer)),
          e);
      for (String part : List.of("gate", "up", "down")) {
        boolean down = part.equals("down");
        float[] merged = new float[(int) (e * f * d)];
        for (int i = 0; i < e; i++) {
          float[] one = source.values("%smlp.experts.%d.%s_proj.weight".formatted(ours, i, part));
          System.arraycopy(one, 0, merged, i * one.length, one.length);
        }
        put(
            theirs + "ffn_" + part + "_exps.weight",
            GgufType.F32,
            merged,
            e,
            down ? d : f,
            down ? f : d);
      }
      feedForward(source, ours + "mlp.shared_experts.", theirs + "ffn_", "_shexp", f);
    } else {
      feedForward(source, ours + "mlp.", theirs + "ffn_", "", config.intermediateSize());
    }
    if (layer >= config.numHiddenLayers()) {
      String nextn = theirs + "nextn.";
      put(nextn + "enorm", source, ours + "enorm.weight", d);
      put(nextn + "hnorm", source, ours + "hnorm.weight", d);
      put(nextn + "eh_proj", source, ours + "eh_proj.weight", d, 2 * d);
      put(nextn + "shared_head_norm", source, ours + "shared_head.norm.weight", d);
      put(nextn + "embed_tokens", source, ParameterNames.EMBEDDING, config.vocabSize(), d);
      put(nextn + "shared_head_head", source, ParameterNames.HEAD, config.vocabSize(), d);
    }
  }

  private void feedForward(Source source, String ours, String theirs, String suffix, long width) {
    long d = config.hiddenSize();
    put(theirs + "gate" + suffix, source, ours + "gate_proj.weight", width, d);
    put(theirs + "up" + suffix, source, ours + "up_proj.weight", width, d);
    put(theirs + "down" + suffix, source, ours + "down_proj.weight", d, width);
  }

  private void attention(Source source, String ours, String theirs) {
    long d = config.hiddenSize();
    int heads = config.numAttentionHeads();
    int nope = config.qkNopeHeadDim();
    int v = config.vHeadDim();
    int latent = config.kvLoraRank();
    long queries = (long) heads * config.qkHeadDim();
    put(theirs + "q_a", source, ours + "q_a_proj.weight", config.qLoraRank(), d);
    put(theirs + "q_a_norm", source, ours + "q_a_layernorm.weight", config.qLoraRank());
    put(theirs + "q_b", source, ours + "q_b_proj.weight", queries, config.qLoraRank());
    put(
        theirs + "kv_a_mqa",
        source,
        ours + "kv_a_proj_with_mqa.weight",
        latent + config.qkRopeHeadDim(),
        d);
    put(theirs + "kv_a_norm", source, ours + "kv_a_layernorm.weight", latent);
    put(theirs + "output", source, ours + "o_proj.weight", d, (long) heads * v);
    float[] whole = source.values(ours + "kv_b_proj.weight");
    float[] keys = new float[heads * nope * latent];
    float[] values = new float[heads * v * latent];
    for (int h = 0; h < heads; h++) {
      for (int c = 0; c < latent; c++) {
        for (int n = 0; n < nope; n++) {
          keys[(h * latent + c) * nope + n] = whole[(h * (nope + v) + n) * latent + c];
        }
        for (int i = 0; i < v; i++) {
          values[(h * v + i) * latent + c] = whole[(h * (nope + v) + nope + i) * latent + c];
        }
      }
    }
    put(theirs + "k_b.weight", GgufType.F32, keys, heads, latent, nope);
    put(theirs + "v_b.weight", GgufType.F32, values, heads, v, latent);
    put(theirs + "kv_b", source, ours + "kv_b_proj.weight", (long) heads * (nope + v), latent);
  }

  /** Either form of kv_b; a new object has both. */
  GgufMini keep(boolean fused) {
    tensors
        .keySet()
        .removeIf(
            name ->
                fused
                    ? name.endsWith("attn_k_b.weight") || name.endsWith("attn_v_b.weight")
                    : name.endsWith("attn_kv_b.weight"));
    if (fused) {
      remove("attention.key_length_mla", "attention.value_length_mla");
      number("attention.key_length", config.qkHeadDim());
      number("attention.value_length", config.vHeadDim());
      number("attention.head_count_kv", config.numAttentionHeads());
    }
    return this;
  }

  /** Puts gate and up of each expert into one tensor. */
  GgufMini fuseGateUp() {
    for (int layer : config.moeLayers()) {
      String prefix = "blk." + layer + ".ffn_";
      Part gate = Objects.requireNonNull(tensors.remove(prefix + "gate_exps.weight"));
      Part up = Objects.requireNonNull(tensors.remove(prefix + "up_exps.weight"));
      int experts = config.nRoutedExperts();
      int one = gate.values.length / experts;
      float[] both = new float[2 * gate.values.length];
      for (int e = 0; e < experts; e++) {
        System.arraycopy(gate.values, e * one, both, 2 * e * one, one);
        System.arraycopy(up.values, e * one, both, (2 * e + 1) * one, one);
      }
      put(
          prefix + "gate_up_exps.weight",
          GgufType.F32,
          both,
          experts,
          2 * gate.shape.extent(1),
          gate.shape.extent(2));
    }
    return this;
  }

  /** Stores matrices in another plain type. */
  GgufMini as(GgufType type) {
    tensors.replaceAll(
        (_, part) -> part.shape.axes() > 1 ? new Part(type, part.shape, part.values) : part);
    return this;
  }

  void withoutPrediction() {
    remove("nextn_predict_layers");
    number("block_count", 2);
    tensors.keySet().removeIf(name -> name.startsWith("blk.2."));
  }

  Path write(Path path) {
    List<GgufWriter.Spec> specs = new ArrayList<>();
    tensors.forEach((name, part) -> specs.add(new GgufWriter.Spec(name, part.type, part.shape)));
    try (GgufWriter writer = GgufWriter.create(path, metadata, specs)) {
      tensors.forEach(
          (name, part) -> {
            byte[] bytes = new byte[(int) part.type.bytes(part.values.length)];
            GgufType stored = part.type == GgufType.I32 ? GgufType.F32 : part.type;
            MemorySegment segment = MemorySegment.ofArray(bytes);
            GgufBlocks.encode(stored, part.values, 0, part.values.length, segment, 0);
            writer.add(name, segment);
          });
      writer.commit();
    }
    return path;
  }

  static float[] copyWith(float[] values, int index, float value) {
    float[] copy = Arrays.copyOf(values, values.length);
    copy[index] = value;
    return copy;
  }

  /** The model's logits for tokens. */
  static double[] logits(InferenceModel model, int[] tokens) {
    try (LatentCache cache = model.newCache(tokens.length)) {
      InferenceModel.Chunk chunk = new InferenceModel.Chunk(cache, tokens, 0, true);
      Tensor logits = model.forward(List.of(chunk)).logits().getFirst();
      return GoldenTrace.values(logits);
    }
  }

  static GgufConfig config(Path path) {
    try (GgufFiles files = GgufFiles.open(path)) {
      return GgufConfig.read(files);
    }
  }
}
