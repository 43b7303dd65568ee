package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How far BF16 and FP8 training are from FP32: relative error of the losses, and the cosine between
 * all gradients taken as one vector. They have no single right answer, so the bounds come from
 * measurement, about two and a half times what was found, and from what rounding can do.
 *
 * <p>The golden model's weights are large (its FP32 gradients are 70 times less exact than FP32):
 * BF16 (2^-9) moves 5 of 388 choices of experts and leaves a cosine of 0.9967, FP8 (2^-4) moves 28
 * and leaves 0.70, while the losses change by 6e-4 and 2e-3. A freshly initialised model of the
 * same shape is as training meets it: 4e-6 and 1e-4 of the losses, cosines 0.999995 and 0.9996,
 * which is what errors of 2^-9 and 2^-5 in each product, independent of one another, leave.
 */
class TrainingPrecisionTest {
  /** Losses and gradients of one micro-batch. */
  private record Result(LossSums sums, Map<String, float[]> gradients) {}

  private static MicroBatch batch() {
    try (SafetensorsFile train =
        SafetensorsFile.open(MiniModel.folder().resolve("train.safetensors"))) {
      Tensor batch = train.tensor("batch");
      return new MicroBatch(batch.rows(), batch.columns() - 1, GoldenRows.integers(batch));
    }
  }

  private static Result run(Parameters parameters, Precision precision) {
    ModelConfig config = parameters.config();
    TrainingOptions options = new TrainingOptions(precision, 0.3, 0.001, 4, 1L << 30);
    Map<String, float[]> gradients = new HashMap<>();
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, _ -> {});
        TrainingModel model = new TrainingModel(config, parameters, kernels, options)) {
      model.prepareStep();
      LossSums sums =
          model.forwardBackward(
              batch(),
              (parameter, gradient) ->
                  gradients.merge(
                      parameter.name(), gradient.toFloats(), TrainingPrecisionTest::add));
      return new Result(sums, gradients);
    }
  }

  private static float[] add(float[] a, float[] b) {
    for (int i = 0; i < a.length; i++) {
      a[i] += b[i];
    }
    return a;
  }

  private static double cosine(Map<String, float[]> a, Map<String, float[]> b) {
    double product = 0;
    double squareA = 0;
    double squareB = 0;
    for (String name : a.keySet()) {
      float[] x = Objects.requireNonNull(a.get(name));
      float[] y = b.getOrDefault(name, new float[x.length]);
      for (int i = 0; i < x.length; i++) {
        product += (double) x[i] * y[i];
        squareA += (double) x[i] * x[i];
        squareB += (double) y[i] * y[i];
      }
    }
    return product / Math.sqrt(squareA * squareB);
  }

  private static double relative(double found, double expected) {
    return Math.abs(found - expected) / expected;
  }

  @ParameterizedTest
  @CsvSource({
    "BF16, true, 1.5e-3, 1e-3, 0.99",
    "FP8, true, 5e-3, 1.5e-2, 0.6",
    "BF16, false, 1e-5, 1e-5, 0.99998",
    "FP8, false, 2.5e-4, 1e-4, 0.999"
  })
  void isCloseToFp32(
      Precision precision, boolean golden, double losses, double balance, double cosine) {
    try (WeightFiles files = WeightFiles.open(MiniModel.folder().resolve("model.safetensors"));
        Parameters parameters = Parameters.load(MiniModel.config(), files, DType.F32)) {
      if (!golden) {
        parameters.initialize(7, 0.02);
      }
      Result exact = run(parameters, Precision.FP32);
      Result rounded = run(parameters, precision);
      assertThat(relative(rounded.sums.main(), exact.sums.main())).isLessThan(losses);
      assertThat(relative(rounded.sums.mtp(), exact.sums.mtp())).isLessThan(losses);
      assertThat(relative(rounded.sums.balance(), exact.sums.balance())).isLessThan(balance);
      assertThat(cosine(exact.gradients, rounded.gradients)).isGreaterThan(cosine);
      // The modes must really differ from one another.
      assertThat(rounded.sums.main()).isNotEqualTo(exact.sums.main());
    }
  }
}
