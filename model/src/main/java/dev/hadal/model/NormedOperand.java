package dev.hadal.model;

import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Quantizer;
import dev.hadal.tensor.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A norm's result as the left operand of linears. Its FP8 codes are kept for Wgrad (DeepSeek-V3
 * report §3.3.3). Anything wider is not: backward computes the norm again (§3.2.3) and makes the
 * operand anew, with the same bits.
 */
record NormedOperand(LinearKind kind, Quantizer.Scale scale, @Nullable Matrix codes) {

  /** What forward multiplies, and what backward needs of it. */
  record Made(Matrix operand, NormedOperand saved) {}

  static Made of(LinearKind kind, Quantizer.Scale scale, Tensor normed, LayerContext context) {
    boolean keep = kind == LinearKind.TILED;
    Matrix operand =
        context.operands().rows(kind, normed, scale, keep ? context.saved() : context.scratch());
    return new Made(operand, new NormedOperand(kind, scale, keep ? operand : null));
  }

  static Made of(LinearKind kind, Tensor normed, LayerContext context) {
    return of(kind, Quantizer.Scale.FP32, normed, context);
  }

  /**
   * The operand in backward.
   *
   * @param normed computes the norm again
   */
  Matrix again(Supplier<Tensor> normed, LayerContext context) {
    return codes == null
        ? context.operands().rows(kind, normed.get(), scale, context.scratch())
        : codes;
  }
}
