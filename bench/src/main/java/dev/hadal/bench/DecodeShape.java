package dev.hadal.bench;

import dev.hadal.model.ModelConfig;

/**
 * Bytes of weights that a step of decoding in BF16 reads, from the shapes alone.
 *
 * @param config the model
 */
record DecodeShape(ModelConfig config) {
  private static final long BFLOAT = 2;

  /**
   * 0.8 thousand million parameters of which a token uses 370 million: far more than any cache
   * holds.
   */
  static DecodeShape usual() {
    ModelConfig model =
        TrainingShape.config(32_768, 2048, 8192, 768, 8, 16, 16, 768, 512, 128, 64, 128);
    return new DecodeShape(model.withNextnPredictLayers(1));
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
      bytes += BFLOAT * attention();
      bytes += c.isMoe(layer) ? besidesExperts() : BFLOAT * dense;
    }
    return bytes + experts * expertBytes() + BFLOAT * vocabulary();
  }

  /** The MTP layer with its projection and the head. */
  long mtpBytes(long experts) {
    long projection = 2L * config.hiddenSize() * config.hiddenSize();
    return BFLOAT * (attention() + projection + vocabulary())
        + besidesExperts()
        + experts * expertBytes();
  }

  private long expertBytes() {
    return BFLOAT * 3 * config.hiddenSize() * config.moeIntermediateSize();
  }

  /** The gate, which stays FP32, and the shared expert. */
  private long besidesExperts() {
    ModelConfig c = config;
    return 4L * c.nRoutedExperts() * c.hiddenSize()
        + BFLOAT * 3 * c.hiddenSize() * c.sharedIntermediateSize();
  }

  private long vocabulary() {
    return (long) config.vocabSize() * config.hiddenSize();
  }

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
    return q + latent + absorbed + (long) c.hiddenSize() * c.numAttentionHeads() * c.vHeadDim();
  }

  /** Sizes in words. */
  String label() {
    return String.format(java.util.Locale.ROOT, "%.2f GB of weights", total() * 1e-9);
  }

  private double total() {
    long moe = (long) config.numHiddenLayers() - config.firstKDenseReplace();
    return mainBytes(moe * config.nRoutedExperts());
  }
}
