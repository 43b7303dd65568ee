package dev.hadal.model;

/**
 * Parameters by part, from the shapes alone. The gate's choice bias counts, as it is stored.
 *
 * @param embedding token embedding
 * @param attention attention of all main layers with its two latent norms
 * @param norms block norms and the final norm
 * @param dense dense feed-forward layers
 * @param experts all routed experts
 * @param shared shared experts
 * @param gates gate weights and biases
 * @param head output head
 * @param mtp the MTP layer's own parameters, without the embedding and head that it shares
 * @param active parameters that one token is multiplied with in the main model: embedding and head
 *     counted whole, choice biases not
 */
public record ParameterCounts(
    long embedding,
    long attention,
    long norms,
    long dense,
    long experts,
    long shared,
    long gates,
    long head,
    long mtp,
    long active) {

  /** The main model: all but the MTP layer. */
  public long total() {
    return embedding + attention + norms + dense + experts + shared + gates + head;
  }

  static ParameterCounts of(ModelConfig c) {
    long d = c.hiddenSize();
    long vocabulary = c.vocabSize() * d;
    long layers = c.numHiddenLayers();
    long dense = Math.min(c.firstKDenseReplace(), layers);
    long moe = layers - dense;
    long expert = 3 * d * c.moeIntermediateSize();
    long shared = 3 * d * c.sharedIntermediateSize();
    long bias = c.hasGateBias() ? c.nRoutedExperts() : 0;
    long gate = c.nRoutedExperts() * d + bias;
    long attention = attention(c);
    long mtpLayer =
        attention + 2 * d + c.nRoutedExperts() * expert + shared + gate + 3 * d + 2 * d * d;
    ParameterCounts counts =
        new ParameterCounts(
            vocabulary,
            layers * attention,
            layers * 2 * d + d,
            dense * 3 * d * c.intermediateSize(),
            moe * c.nRoutedExperts() * expert,
            moe * shared,
            moe * gate,
            vocabulary,
            c.numNextnPredictLayers() * mtpLayer,
            0);
    long idle = moe * (c.nRoutedExperts() - c.numExpertsPerTok()) * expert;
    return counts.withActive(counts.total() - idle - moe * bias);
  }

  private ParameterCounts withActive(long value) {
    return new ParameterCounts(
        embedding, attention, norms, dense, experts, shared, gates, head, mtp, value);
  }

  private static long attention(ModelConfig c) {
    long d = c.hiddenSize();
    long heads = c.numAttentionHeads();
    long queries = heads * c.qkHeadDim();
    long q =
        c.compressesQueries()
            ? c.qLoraRank() * d + c.qLoraRank() + queries * c.qLoraRank()
            : queries * d;
    long kv =
        (c.kvLoraRank() + c.qkRopeHeadDim()) * d
            + c.kvLoraRank()
            + heads * (c.qkNopeHeadDim() + c.vHeadDim()) * c.kvLoraRank();
    return q + kv + d * heads * c.vHeadDim();
  }
}
