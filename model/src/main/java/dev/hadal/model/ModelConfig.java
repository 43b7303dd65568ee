package dev.hadal.model;

import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.kernels.Gate;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model of the DeepSeek-V3 family: the fields of a Hugging Face {@code config.json} in camel case
 * (DeepSeek-V3, R1, Moonlight, Kimi-K2, DeepSeek-V2-Lite).
 *
 * @param architectures class names, kept for export
 * @param modelType {@code deepseek_v3}, {@code deepseek_v2} or {@code kimi_k2}
 * @param vocabSize V
 * @param hiddenSize D
 * @param intermediateSize width of dense feed-forward layers
 * @param moeIntermediateSize F, width of one expert
 * @param numHiddenLayers main layers, the MTP layer not counted
 * @param numAttentionHeads H
 * @param nSharedExperts shared experts, fused into one module of that many times F
 * @param nRoutedExperts E
 * @param numExpertsPerTok K
 * @param firstKDenseReplace layers below this index are dense
 * @param nGroup groups of experts for node-limited routing
 * @param topkGroup groups a token may use
 * @param scoringFunc affinity function
 * @param topkMethod how groups are ranked
 * @param normTopkProb whether chosen weights are divided by their sum
 * @param routedScalingFactor what chosen weights are multiplied by
 * @param qLoraRank width of the query latent, 0 where queries are not compressed
 * @param kvLoraRank C, width of the key-value latent
 * @param qkNopeHeadDim N
 * @param qkRopeHeadDim R, even
 * @param vHeadDim width of a value head
 * @param maxPositionEmbeddings longest context
 * @param ropeTheta base of the rotary frequencies
 * @param ropeScaling context extension, or null
 * @param rmsNormEps epsilon of the block norms; the two latent norms always use {@link #LATENT_EPS}
 * @param numNextnPredictLayers MTP layers, 0 or 1
 * @param bosTokenId first token of a document, or -1
 * @param eosTokenIds tokens that end a text
 * @param torchDtype storage type named in the file
 */
public record ModelConfig(
    List<String> architectures,
    String modelType,
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int moeIntermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int nSharedExperts,
    int nRoutedExperts,
    int numExpertsPerTok,
    int firstKDenseReplace,
    int nGroup,
    int topkGroup,
    Gate.Scoring scoringFunc,
    TopkMethod topkMethod,
    boolean normTopkProb,
    double routedScalingFactor,
    int qLoraRank,
    int kvLoraRank,
    int qkNopeHeadDim,
    int qkRopeHeadDim,
    int vHeadDim,
    int maxPositionEmbeddings,
    double ropeTheta,
    @Nullable YarnScaling ropeScaling,
    double rmsNormEps,
    int numNextnPredictLayers,
    int bosTokenId,
    List<Integer> eosTokenIds,
    String torchDtype) {

  /**
   * Epsilon of the query and key-value latent norms, whatever {@code rms_norm_eps} says: the
   * published modelling files construct those two norms with their default.
   */
  public static final double LATENT_EPS = 1e-6;

  private static final int LARGEST = 1 << 24;

  /**
   * Of all layers together, several times what published models have: each has a name in memory.
   */
  private static final int MOST_EXPERTS = 1 << 18;

  /** Times the bytes that training keeps for each this stays within a long. */
  private static final double MOST_PARAMETERS = 0x1p56;

  /** How experts are chosen, by the names of the configuration file. */
  public enum TopkMethod {
    /** The K largest scores. */
    GREEDY("greedy"),
    /** Groups ranked by their largest score. */
    GROUP_LIMITED_GREEDY("group_limited_greedy"),
    /** Groups ranked by the sum of their two largest biased scores (DeepSeek-V3). */
    NOAUX_TC("noaux_tc");

    private final String fileName;

    TopkMethod(String fileName) {
      this.fileName = fileName;
    }

    /** The name in configuration files. */
    public String fileName() {
      return fileName;
    }
  }

  /** Checks that every extent is positive and that they fit together. */
  public ModelConfig {
    architectures = List.copyOf(architectures);
    eosTokenIds = List.copyOf(eosTokenIds);
    requireIn("vocab_size", vocabSize, 1, LARGEST);
    requireIn("hidden_size", hiddenSize, 1, LARGEST);
    requireIn("num_hidden_layers", numHiddenLayers, 1, 1024);
    requireIn("num_attention_heads", numAttentionHeads, 1, 65536);
    requireIn("first_k_dense_replace", firstKDenseReplace, 0, 4096);
    if (firstKDenseReplace > 0) {
      requireIn("intermediate_size", intermediateSize, 1, LARGEST);
    }
    requireIn("q_lora_rank", qLoraRank, 0, LARGEST);
    requireIn("kv_lora_rank", kvLoraRank, 1, LARGEST);
    requireIn("qk_nope_head_dim", qkNopeHeadDim, 1, 65536);
    requireIn("qk_rope_head_dim", qkRopeHeadDim, 2, 65536);
    requireIn("v_head_dim", vHeadDim, 1, 65536);
    if (qkRopeHeadDim % 2 != 0) {
      throw invalid("qk_rope_head_dim", "an even width", qkRopeHeadDim);
    }
    requireHeads(numAttentionHeads, qkNopeHeadDim + Math.max(qkRopeHeadDim, vHeadDim));
    double width = Math.max(qLoraRank, hiddenSize);
    double attention =
        (double) numAttentionHeads
                * (width * (qkNopeHeadDim + qkRopeHeadDim)
                    + (double) kvLoraRank * (qkNopeHeadDim + vHeadDim)
                    + (double) hiddenSize * vHeadDim)
            + (double) hiddenSize * ((double) qLoraRank + kvLoraRank + qkRopeHeadDim);
    double dense = firstKDenseReplace > 0 ? 3.0 * hiddenSize * intermediateSize : 0;
    double parameters =
        (numHiddenLayers + 1.0) * (attention + dense)
            + 2.0 * hiddenSize * ((double) vocabSize + hiddenSize);
    if (parameters > MOST_PARAMETERS) {
      throw invalid("hidden_size", "a model of at most 2^56 parameters", hiddenSize);
    }
    requireIn("max_position_embeddings", maxPositionEmbeddings, 1, Integer.MAX_VALUE);
    requireIn("num_nextn_predict_layers", numNextnPredictLayers, 0, 1);
    requireIn("n_shared_experts", nSharedExperts, 0, 65536);
    if (firstKDenseReplace < numHiddenLayers || numNextnPredictLayers > 0) {
      requireIn("moe_intermediate_size", moeIntermediateSize, 1, LARGEST);
      requireIn("n_shared_experts", nSharedExperts, 0, LARGEST / moeIntermediateSize);
      requireIn("n_routed_experts", nRoutedExperts, 1, MOST_EXPERTS / (numHiddenLayers + 1));
      double experts =
          3.0 * hiddenSize * moeIntermediateSize * nRoutedExperts * (numHiddenLayers + 1);
      if (experts > MOST_PARAMETERS) {
        throw invalid("n_routed_experts", "experts of at most 2^56 parameters", nRoutedExperts);
      }
      requireIn("n_group", nGroup, 1, nRoutedExperts);
      if (nRoutedExperts % nGroup != 0) {
        throw invalid("n_group", "a divisor of the %d experts".formatted(nRoutedExperts), nGroup);
      }
      requireIn("topk_group", topkGroup, 1, nGroup);
      requireIn("num_experts_per_tok", numExpertsPerTok, 1, nRoutedExperts / nGroup * topkGroup);
      if (topkMethod == TopkMethod.NOAUX_TC && nGroup > 1 && nRoutedExperts / nGroup < 2) {
        throw invalid("n_group", "groups of at least two experts for noaux_tc", nGroup);
      }
    }
    if (!(ropeTheta > 1) || !Double.isFinite(ropeTheta)) {
      throw invalid("rope_theta", "a number above 1", ropeTheta);
    }
    if (!(rmsNormEps > 0) || !(rmsNormEps < 1)) {
      throw invalid("rms_norm_eps", "a number between 0 and 1", rmsNormEps);
    }
    if (!(routedScalingFactor > 0) || !Double.isFinite(routedScalingFactor)) {
      throw invalid("routed_scaling_factor", "a positive number", routedScalingFactor);
    }
    if (bosTokenId < -1 || bosTokenId >= vocabSize) {
      throw invalid("bos_token_id", "a token below vocab_size", bosTokenId);
    }
    for (int eos : eosTokenIds) {
      if (eos < 0 || eos >= vocabSize) {
        throw invalid("eos_token_id", "a token below vocab_size", eos);
      }
    }
  }

  /**
   * Reads a file {@code config.json}.
   *
   * @throws dev.hadal.format.FormatException if it cannot be read, is not JSON or is beyond {@link
   *     JsonLimits#CONFIGURATION}
   * @throws ModelException for a configuration that is not of this family or does not fit together
   */
  public static ModelConfig read(Path file) {
    return fromJson(Json.readObject(file, JsonLimits.CONFIGURATION), file.toString());
  }

  /**
   * Reads the object of a {@code config.json}.
   *
   * @param file name for messages
   * @throws ModelException for a configuration that is not of this family or does not fit together
   */
  public static ModelConfig fromJson(JsonObject json, String file) {
    return ConfigJson.read(json, file);
  }

  /** The {@code config.json} of this model. */
  public JsonObject toJson() {
    return ConfigJson.write(this);
  }

  /** Parameters in all, active per token, and by part. */
  public ParameterCounts parameterCounts() {
    return ParameterCounts.of(this);
  }

  /** Whether queries go through a latent. */
  public boolean compressesQueries() {
    return qLoraRank > 0;
  }

  /** Whether the layer's feed-forward is a mixture of experts; the MTP layer's always is. */
  public boolean isMoe(int layer) {
    return layer >= Math.min(firstKDenseReplace, numHiddenLayers);
  }

  /** Main layers and the MTP layer. */
  public int allLayers() {
    return numHiddenLayers + numNextnPredictLayers;
  }

  /** Layers that route, in order, the MTP layer last. */
  public int[] moeLayers() {
    return java.util.stream.IntStream.range(0, allLayers()).filter(this::isMoe).toArray();
  }

  /** Width of one query and key head, N + R. */
  public int qkHeadDim() {
    return qkNopeHeadDim + qkRopeHeadDim;
  }

  /** Width of the fused shared expert. */
  public int sharedIntermediateSize() {
    return Math.multiplyExact(nSharedExperts, moeIntermediateSize);
  }

  /** Whether the gate has a choice bias. */
  public boolean hasGateBias() {
    return topkMethod == TopkMethod.NOAUX_TC;
  }

  /** The routing rule for the gate kernel. */
  public Gate.Rule gateRule() {
    return new Gate.Rule(
        nRoutedExperts,
        numExpertsPerTok,
        topkMethod == TopkMethod.GREEDY ? 1 : nGroup,
        topkMethod == TopkMethod.GREEDY ? 1 : topkGroup,
        scoringFunc,
        topkMethod == TopkMethod.NOAUX_TC ? Gate.GroupScore.TOP2_SUM : Gate.GroupScore.MAX,
        normTopkProb,
        routedScalingFactor);
  }

  /** The same model with or without its MTP layer. */
  public ModelConfig withNextnPredictLayers(int layers) {
    return new ModelConfig(
        architectures,
        modelType,
        vocabSize,
        hiddenSize,
        intermediateSize,
        moeIntermediateSize,
        numHiddenLayers,
        numAttentionHeads,
        nSharedExperts,
        nRoutedExperts,
        numExpertsPerTok,
        firstKDenseReplace,
        nGroup,
        topkGroup,
        scoringFunc,
        topkMethod,
        normTopkProb,
        routedScalingFactor,
        qLoraRank,
        kvLoraRank,
        qkNopeHeadDim,
        qkRopeHeadDim,
        vHeadDim,
        maxPositionEmbeddings,
        ropeTheta,
        ropeScaling,
        rmsNormEps,
        layers,
        bosTokenId,
        eosTokenIds,
        torchDtype);
  }

  private static void requireHeads(int heads, int width) {
    if (heads > LARGEST / width) {
      throw invalid(
          "num_attention_heads",
          "at most %d heads of width %d".formatted(LARGEST / width, width),
          heads);
    }
  }

  private static void requireIn(String field, int value, int least, int most) {
    if (value < least || value > most) {
      throw invalid(field, "%d to %d".formatted(least, most), value);
    }
  }

  private static ModelException invalid(String field, String expected, Object found) {
    return new ModelException("%s: expected %s, found %s".formatted(field, expected, found));
  }
}
