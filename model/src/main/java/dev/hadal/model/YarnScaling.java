package dev.hadal.model;

/**
 * Context extension by YaRN (arXiv 2309.00071; DeepSeek-V3 report §4.3): frequencies that turn less
 * than {@code betaSlow} times over the original context are divided by {@code factor}, those that
 * turn more than {@code betaFast} times stay, with a linear ramp over the index between.
 *
 * @param factor s, at least 1
 * @param originalMaxPositionEmbeddings context length before the extension
 * @param betaFast turns from which a frequency stays
 * @param betaSlow turns below which a frequency is divided
 * @param mscale see {@link RopeTable}
 * @param mscaleAllDim weight of the softmax temperature
 */
public record YarnScaling(
    double factor,
    int originalMaxPositionEmbeddings,
    double betaFast,
    double betaSlow,
    double mscale,
    double mscaleAllDim) {

  /** Checks the ranges. */
  public YarnScaling {
    if (!(factor >= 1) || !Double.isFinite(factor)) {
      throw new ModelException("rope_scaling.factor: expected at least 1, found " + factor);
    }
    if (originalMaxPositionEmbeddings < 1) {
      throw new ModelException(
          "rope_scaling.original_max_position_embeddings: expected at least 1, found "
              + originalMaxPositionEmbeddings);
    }
    if (!(betaSlow > 0) || !(betaFast >= betaSlow) || !Double.isFinite(betaFast)) {
      throw new ModelException(
          "rope_scaling: expected 0 < beta_slow <= beta_fast, found beta_slow %s, beta_fast %s"
              .formatted(betaSlow, betaFast));
    }
    if (!(mscale >= 0 && mscale <= 1000) || !(mscaleAllDim >= 0 && mscaleAllDim <= 1000)) {
      throw new ModelException(
          "rope_scaling: expected mscale and mscale_all_dim from 0 to 1000, found %s and %s"
              .formatted(mscale, mscaleAllDim));
    }
  }

  /** The attention temperature get_m(s, a) = 0.1 a ln(s) + 1, and 1 where s is 1. */
  static double temperature(double factor, double a) {
    return factor <= 1 ? 1 : 0.1 * a * StrictMath.log(factor) + 1;
  }
}
