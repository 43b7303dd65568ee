package dev.hadal.bench;

import dev.hadal.model.InferenceMode;
import dev.hadal.model.ModelConfig;
import java.util.Locale;

/**
 * Bytes of weights that a step of decoding reads, from the shapes alone.
 *
 * @param config the model
 * @param mode FP8 or BF16
 */
record DecodeShape(ModelConfig config, InferenceMode mode) {
  private static final long BFLOAT = 2;

  /**
   * 2.2 thousand million parameters of which a token uses 600 million: more than 2 GiB of weights
   * in either mode.
   */
  static DecodeShape usual(InferenceMode mode) {
    ModelConfig model =
        TrainingShape.config(32_768, 2048, 8192, 1408, 10, 16, 24, 768, 512, 128, 64, 128);
    return new DecodeShape(model.withNextnPredictLayers(1), mode);
  }

  /** Bytes of an element of the linears inside the blocks. */
  private long inBlocks() {
    return mode == InferenceMode.FP8 ? 1 : BFLOAT;
  }

  /**
   * The main layers and the head.
   *
   * @param experts routed experts that some row of the step uses, over all layers
   */
  long mainBytes(long experts) {
    ModelConfig c = config;
    long dense = 3L * c.hiddenSize() * c.intermediateSize();
    long bytes = 0;
    for (int layer = 0; layer < c.numHiddenLayers(); layer++) {
      bytes += attention();
      bytes += c.isMoe(layer) ? besidesExperts() : inBlocks() * dense;
    }
    return bytes + experts * expertBytes() + BFLOAT * vocabulary();
  }

  /** The MTP layer with its projection and the head. */
  long mtpBytes(long experts) {
    long projection = 2L * config.hiddenSize() * config.hiddenSize();
    return BFLOAT * (projection + vocabulary())
        + attention()
        + besidesExperts()
        + experts * expertBytes();
  }

  private long expertBytes() {
    return inBlocks() * 3 * config.hiddenSize() * config.moeIntermediateSize();
  }

  /** The gate, which stays FP32, and the shared expert. */
  private long besidesExperts() {
    ModelConfig c = config;
    return 4L * c.nRoutedExperts() * c.hiddenSize()
        + inBlocks() * 3 * c.hiddenSize() * c.sharedIntermediateSize();
  }

  private long vocabulary() {
    return (long) config.vocabSize() * config.hiddenSize();
  }

  /** The absorbed factors are BF16 in both modes. */
  private long attention() {
    ModelConfig c = config;
    long queries = (long) c.numAttentionHeads() * c.qkHeadDim();
    long q =
        c.compressesQueries()
            ? (long) c.qLoraRank() * (c.hiddenSize() + queries)
            : queries * c.hiddenSize();
    long latent = (long) c.hiddenSize() * (c.kvLoraRank() + c.qkRopeHeadDim());
    long absorbed =
        (long) c.numAttentionHeads() * (c.qkNopeHeadDim() + c.vHeadDim()) * c.kvLoraRank();
    long out = (long) c.hiddenSize() * c.numAttentionHeads() * c.vHeadDim();
    return inBlocks() * (q + latent + out) + BFLOAT * absorbed;
  }

  /** Sizes in words. */
  String label() {
    return String.format(Locale.ROOT, "%s, %.2f GB of weights", mode.label(), total() * 1e-9);
  }

  private double total() {
    long moe = (long) config.numHiddenLayers() - config.firstKDenseReplace();
    return mainBytes(moe * config.nRoutedExperts());
  }
}
