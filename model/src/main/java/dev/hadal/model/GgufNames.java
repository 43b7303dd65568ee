package dev.hadal.model;

import dev.hadal.format.FormatException;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.GgufTensor;
import dev.hadal.format.GgufType;
import dev.hadal.format.Quoting;
import dev.hadal.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Our tensors in a GGUF file of architecture {@code deepseek2} (llama.cpp,
 * gguf-py/gguf/tensor_mapping.py and conversion of DeepseekV2Model). Linears are [out, in] once the
 * file's extents are turned round. What differs from our checkpoints:
 *
 * <ul>
 *   <li>the experts of a layer are merged into [E, out, in], gate and up perhaps into one [E, 2 F,
 *       D] with the gate's rows first;
 *   <li>kv_b is fused as ours, or split into k_b [H, C, N], transposed, and v_b [H, V, C];
 *   <li>without an output tensor the head is the embedding;
 *   <li>the MTP layer is the last block, its own tensors under {@code nextn}.
 * </ul>
 *
 * Rotated dimensions are in interleaved pairs in both, so no row moves.
 */
final class GgufNames {
  static final String EMBEDDING = "token_embd.weight";

  private static final String HEAD = "output.weight";
  private static final String BIAS = ".exp_probs_b.bias";

  private final ModelConfig config;
  private final GgufFiles files;
  private final Map<String, GgufSource> sources = new LinkedHashMap<>();
  private final Set<String> used = new HashSet<>();
  private final List<Integer> withoutBias = new ArrayList<>();
  private final @Nullable List<String> problems;

  private GgufNames(ModelConfig config, GgufFiles files, @Nullable List<String> problems) {
    this.config = config;
    this.files = files;
    this.problems = problems;
  }

  private static String gateBias(int layer) {
    return "blk." + layer + BIAS;
  }

  /** Whether a tensor is the choice bias of a gate. */
  static boolean isGateBias(String name) {
    return name.startsWith("blk.") && name.endsWith(BIAS);
  }

  /**
   * The sources of all our tensors.
   *
   * @param sources by our names
   * @param unused the file's tensors that are none of these
   */
  record Found(Map<String, GgufSource> sources, List<String> unused) {}

  /**
   * Finds all tensors and checks their types and shapes before any is read.
   *
   * @throws FormatException naming a tensor that is missing
   * @throws ModelException naming a tensor of another shape or of a type that is not read
   */
  static Found find(ModelConfig config, GgufFiles files) {
    return find(config, files, null);
  }

  private static Found find(ModelConfig config, GgufFiles files, @Nullable List<String> problems) {
    GgufNames names = new GgufNames(config, files, problems);
    names.collect();
    List<String> unused =
        files.names().stream().filter(name -> !names.used.contains(name)).toList();
    return new Found(names.sources, unused);
  }

  /** Every tensor that is missing, of another shape, of a type that is not read, or not known. */
  static List<String> problems(ModelConfig config, GgufFiles files) {
    List<String> problems = new ArrayList<>();
    for (String name : find(config, files, problems).unused) {
      problems.add(
          "%s: %s: the configuration asks for no such tensor"
              .formatted(files.owner(name).path(), Quoting.printable(name)));
    }
    return problems;
  }

  /** Why the file's MTP layer cannot be used, or null if it can. */
  static @Nullable String mtpProblem(ModelConfig config, GgufFiles files) {
    int layer = config.numHiddenLayers();
    GgufNames names = new GgufNames(config, files, null);
    try {
      names.block(layer);
    } catch (FormatException | ModelException e) {
      return "the MTP layer is not whole: " + e.getMessage();
    }
    String prefix = "blk." + layer + ".nextn.";
    String copy = names.differing(prefix + "embed_tokens.weight", EMBEDDING);
    if (copy == null) {
      String head = files.contains(HEAD) ? HEAD : EMBEDDING;
      copy = names.differing(prefix + "shared_head_head.weight", head);
    }
    return copy == null ? null : copy + " differs from the tensor it copies";
  }

  private @Nullable String differing(String copy, String original) {
    if (!files.contains(copy)) {
      return null;
    }
    boolean same =
        files.tensor(copy).type() == files.tensor(original).type()
            && files.data(copy).mismatch(files.data(original)) == -1;
    return same ? null : copy;
  }

  private void collect() {
    long d = config.hiddenSize();
    Shape table = Shape.of(config.vocabSize(), d);
    put(ParameterNames.EMBEDDING, EMBEDDING, table);
    put(ParameterNames.FINAL_NORM, "output_norm.weight", Shape.of(d));
    put(ParameterNames.HEAD, files.contains(HEAD) ? HEAD : EMBEDDING, table);
    for (int layer = 0; layer < config.allLayers(); layer++) {
      block(layer);
    }
    if (!withoutBias.isEmpty() && withoutBias.size() < config.moeLayers().length) {
      // Some have one, so this one was lost.
      attempt(() -> files.tensor(gateBias(withoutBias.getFirst())));
    }
  }

  private void block(int layer) {
    String ours = ParameterNames.layer(layer);
    String theirs = "blk." + layer + ".";
    Shape width = Shape.of(config.hiddenSize());
    if (layer >= config.numHiddenLayers()) {
      predicting(ours, theirs + "nextn.");
    }
    put(ours + "input_layernorm.weight", theirs + "attn_norm.weight", width);
    attention(ours + "self_attn.", theirs + "attn_");
    put(ours + "post_attention_layernorm.weight", theirs + "ffn_norm.weight", width);
    if (config.isMoe(layer)) {
      experts(layer, ours + "mlp.", theirs + "ffn_");
    } else {
      feedForward(ours + "mlp.", theirs + "ffn_", ".weight", config.intermediateSize());
    }
  }

  private void predicting(String ours, String theirs) {
    long d = config.hiddenSize();
    put(ours + "enorm.weight", theirs + "enorm.weight", Shape.of(d));
    put(ours + "hnorm.weight", theirs + "hnorm.weight", Shape.of(d));
    put(ours + "eh_proj.weight", theirs + "eh_proj.weight", Shape.of(d, 2 * d));
    put(ours + "shared_head.norm.weight", theirs + "shared_head_norm.weight", Shape.of(d));
    used.add(theirs + "embed_tokens.weight");
    used.add(theirs + "shared_head_head.weight");
  }

  private void attention(String ours, String theirs) {
    long d = config.hiddenSize();
    long heads = config.numAttentionHeads();
    long queries = heads * config.qkHeadDim();
    long rank = config.qLoraRank();
    if (config.compressesQueries()) {
      put(ours + "q_a_proj.weight", theirs + "q_a.weight", Shape.of(rank, d));
      put(ours + "q_a_layernorm.weight", theirs + "q_a_norm.weight", Shape.of(rank));
      put(ours + "q_b_proj.weight", theirs + "q_b.weight", Shape.of(queries, rank));
    } else {
      put(ours + "q_proj.weight", theirs + "q.weight", Shape.of(queries, d));
    }
    long latent = config.kvLoraRank();
    put(
        ours + "kv_a_proj_with_mqa.weight",
        theirs + "kv_a_mqa.weight",
        Shape.of(latent + config.qkRopeHeadDim(), d));
    put(ours + "kv_a_layernorm.weight", theirs + "kv_a_norm.weight", Shape.of(latent));
    keyValue(ours + "kv_b_proj.weight", theirs);
    put(ours + "o_proj.weight", theirs + "output.weight", Shape.of(d, heads * config.vHeadDim()));
  }

  private void keyValue(String ours, String theirs) {
    GgufSource.SplitKeyValue split =
        new GgufSource.SplitKeyValue(
            theirs + "k_b.weight",
            theirs + "v_b.weight",
            config.numAttentionHeads(),
            config.qkNopeHeadDim(),
            config.vHeadDim(),
            config.kvLoraRank());
    if (!files.contains(split.keys()) && files.contains(theirs + "kv_b.weight")) {
      put(ours, theirs + "kv_b.weight", split.shape());
      return;
    }
    check(split.keys(), Shape.of(split.heads(), split.latent(), split.nope()));
    check(split.values(), Shape.of(split.heads(), split.value(), split.latent()));
    sources.put(ours, split);
  }

  private void experts(int layer, String ours, String theirs) {
    long d = config.hiddenSize();
    long f = config.moeIntermediateSize();
    long count = config.nRoutedExperts();
    put(ours + "gate.weight", theirs + "gate_inp.weight", Shape.of(count, d));
    if (config.hasGateBias()) {
      if (files.contains(gateBias(layer))) {
        put(ParameterNames.gateBias(layer), gateBias(layer), Shape.of(count));
      } else {
        withoutBias.add(layer);
        sources.put(ParameterNames.gateBias(layer), new GgufSource.Zeros(Shape.of(count)));
      }
    }
    String fused = theirs + "gate_up_exps.weight";
    if (files.contains(fused)) {
      check(fused, Shape.of(count, 2 * f, d));
      slices(ours, "gate_proj", fused, 2 * f, 0, Shape.of(f, d));
      slices(ours, "up_proj", fused, 2 * f, f, Shape.of(f, d));
    } else {
      merged(ours, "gate_proj", theirs + "gate_exps.weight", Shape.of(f, d));
      merged(ours, "up_proj", theirs + "up_exps.weight", Shape.of(f, d));
    }
    merged(ours, "down_proj", theirs + "down_exps.weight", Shape.of(d, f));
    if (config.nSharedExperts() > 0) {
      feedForward(
          ours + "shared_experts.", theirs, "_shexp.weight", config.sharedIntermediateSize());
    }
  }

  private void merged(String ours, String part, String theirs, Shape one) {
    check(theirs, Shape.of(config.nRoutedExperts(), one.extent(0), one.extent(1)));
    slices(ours, part, theirs, one.extent(0), 0, one);
  }

  /** Every expert's rows: those from {@code offset} on of each {@code stride} rows. */
  private void slices(
      String ours, String part, String theirs, long stride, long offset, Shape one) {
    for (int e = 0; e < config.nRoutedExperts(); e++) {
      sources.put(
          "%sexperts.%d.%s.weight".formatted(ours, e, part),
          new GgufSource.Rows(theirs, e * stride + offset, one));
    }
  }

  private void feedForward(String ours, String theirs, String suffix, long width) {
    long d = config.hiddenSize();
    put(ours + "gate_proj.weight", theirs + "gate" + suffix, Shape.of(width, d));
    put(ours + "up_proj.weight", theirs + "up" + suffix, Shape.of(width, d));
    put(ours + "down_proj.weight", theirs + "down" + suffix, Shape.of(d, width));
  }

  private void put(String ours, String theirs, Shape shape) {
    check(theirs, shape);
    sources.put(ours, new GgufSource.Rows(theirs, 0, shape));
  }

  private void check(String theirs, Shape expected) {
    used.add(theirs);
    attempt(() -> require(theirs, expected));
  }

  /** Goes on after a failure where all of them are wanted. */
  private void attempt(Runnable check) {
    try {
      check.run();
    } catch (FormatException | ModelException e) {
      if (problems == null) {
        throw e;
      }
      problems.add(e.getMessage());
    }
  }

  private void require(String theirs, Shape expected) {
    GgufTensor tensor = files.tensor(theirs);
    if (!tensor.shape().equals(expected)) {
      throw new ModelException(
          "%s: %s: expected shape %s (outermost extent first), found %s"
              .formatted(files.owner(theirs).path(), theirs, expected, tensor.shape()));
    }
    if (!tensor.type().decodes()) {
      throw new ModelException(
          "%s: %s: the type %s is not supported; expected one of %s"
              .formatted(files.owner(theirs).path(), theirs, tensor.type(), GgufType.decodable()));
    }
  }
}
