package dev.hadal.model;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * Rotary tables and the softmax scale, with YaRN where the configuration asks for it (DeepSeek-V3
 * repository, inference/model.py, precompute_freqs_cis). With R the rope width, L the original
 * context:
 *
 * <pre>
 * theta_i = base^(-2i/R)
 * corr(r) = R ln(L / (2 pi r)) / (2 ln base)
 * low     = max(floor(corr(beta_fast)), 0)
 * high    = min(ceil(corr(beta_slow)), R - 1), plus 0.001 where equal to low
 * ramp_i  = clamp((i - low) / (high - low), 0, 1)
 * theta_i' = theta_i / factor * ramp_i + theta_i * (1 - ramp_i)
 * scale   = (N + R)^(-1/2) * get_m(factor, mscale_all_dim)^2
 * </pre>
 *
 * cos and sin are multiplied by get_m(factor, mscale) / get_m(factor, mscale_all_dim), which is 1
 * for the published checkpoints. The blend applies whatever the length of a prompt. Everything is
 * computed in binary64 by StrictMath and rounded once.
 *
 * @param cos [positions, R/2]
 * @param sin [positions, R/2]
 */
public record RopeTable(Tensor cos, Tensor sin) {

  /** Tables for positions 0 to {@code positions} - 1 in F32 or F64. */
  public static RopeTable of(ModelConfig config, int positions, DType type, Arena arena) {
    double[] frequencies = frequencies(config);
    int half = frequencies.length;
    YarnScaling yarn = config.ropeScaling();
    double magnitude =
        yarn == null
            ? 1
            : YarnScaling.temperature(yarn.factor(), yarn.mscale())
                / YarnScaling.temperature(yarn.factor(), yarn.mscaleAllDim());
    Tensor cos = Tensor.allocate(arena, type, positions, half);
    Tensor sin = Tensor.allocate(arena, type, positions, half);
    for (int position = 0; position < positions; position++) {
      for (int i = 0; i < half; i++) {
        double angle = position * frequencies[i];
        long index = (long) position * half + i;
        set(cos, index, StrictMath.cos(angle) * magnitude);
        set(sin, index, StrictMath.sin(angle) * magnitude);
      }
    }
    return new RopeTable(cos, sin);
  }

  /** The factor of attention scores before the softmax. */
  public static double softmaxScale(ModelConfig config) {
    double scale = 1 / StrictMath.sqrt(config.qkHeadDim());
    YarnScaling yarn = config.ropeScaling();
    if (yarn == null) {
      return scale;
    }
    double m = YarnScaling.temperature(yarn.factor(), yarn.mscaleAllDim());
    return scale * (m * m);
  }

  /** theta' of each pair of rotated elements. */
  static double[] frequencies(ModelConfig config) {
    int rope = config.qkRopeHeadDim();
    double base = config.ropeTheta();
    double[] theta = new double[rope / 2];
    for (int i = 0; i < theta.length; i++) {
      theta[i] = StrictMath.pow(base, -2.0 * i / rope);
    }
    YarnScaling yarn = config.ropeScaling();
    if (yarn != null) {
      double low = Math.max(Math.floor(correction(yarn, yarn.betaFast(), rope, base)), 0);
      double high = Math.min(Math.ceil(correction(yarn, yarn.betaSlow(), rope, base)), rope - 1);
      if (low == high) {
        high += 0.001;
      }
      for (int i = 0; i < theta.length; i++) {
        double ramp = Math.clamp((i - low) / (high - low), 0.0, 1.0);
        theta[i] = theta[i] / yarn.factor() * ramp + theta[i] * (1 - ramp);
      }
    }
    return theta;
  }

  private static double correction(YarnScaling yarn, double turns, int rope, double base) {
    double wavelength = yarn.originalMaxPositionEmbeddings() / (2 * Math.PI * turns);
    return rope * StrictMath.log(wavelength) / (2 * StrictMath.log(base));
  }

  private static void set(Tensor tensor, long index, double value) {
    if (tensor.dtype() == DType.F64) {
      tensor.setDouble(index, value);
    } else {
      tensor.setFloat(index, (float) value);
    }
  }
}
