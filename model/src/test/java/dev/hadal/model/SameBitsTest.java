package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A micro-batch's losses and gradients have the same bits whatever the kernels and threads, and
 * whatever went through the model before. Of a sequence's states and logits the same holds whatever
 * other sequences share the micro-batch, in every precision: products, norms, routing and attention
 * of a row read that row's sequence alone, and FP8 tiles lie along rows. Weight gradients are sums
 * over the micro-batch, so that they depend on which sequences it holds and on their order.
 */
class SameBitsTest {
  private static TrainingOptions options(ModelConfig config, Precision precision) {
    return TrainingOptions.of(config, precision, 1L << 30);
  }

  private static Parameters mini() {
    try (WeightFiles files = WeightFiles.open(MiniModel.folder().resolve("model.safetensors"))) {
      return Parameters.load(MiniModel.config(), files, DType.F32);
    }
  }

  private static Parameters odd() {
    Parameters parameters = Parameters.allocate(Configs.parse(Configs.SMALL_V2), DType.F32);
    parameters.initialize(3, 0.2);
    return parameters;
  }

  private static MicroBatch goldenBatch() {
    try (SafetensorsFile train =
        SafetensorsFile.open(MiniModel.folder().resolve("train.safetensors"))) {
      Tensor batch = train.tensor("batch");
      return new MicroBatch(batch.rows(), batch.columns() - 1, GoldenRows.integers(batch));
    }
  }

  private static MicroBatch batch(ModelConfig config, int count, int length, int seed) {
    int[] tokens =
        IntStream.range(0, count * (length + 1))
            .map(i -> Math.floorMod(i * i * 31 + i * seed + seed, config.vocabSize()))
            .toArray();
    return new MicroBatch(count, length, tokens);
  }

  /** Losses and every gradient in the order in which they come. */
  private static long hash(TrainingModel model, MicroBatch batch) {
    long[] hash = {1125899906842597L};
    LossSums sums =
        model.forwardBackward(
            batch,
            (parameter, gradient) -> {
              hash[0] = 31 * hash[0] + parameter.index();
              for (float value : gradient.toFloats()) {
                hash[0] = 31 * hash[0] + Float.floatToIntBits(value);
              }
            });
    for (double value : new double[] {sums.main(), sums.mtp(), sums.balance()}) {
      assertThat(value).isFinite().isPositive();
      hash[0] = 31 * hash[0] + Double.doubleToLongBits(value);
    }
    return hash[0];
  }

  private static long hash(
      Parameters parameters, Precision precision, MicroBatch batch, Kernels kernels) {
    return hash(parameters, options(parameters.config(), precision), batch, kernels);
  }

  private static long hash(
      Parameters parameters, TrainingOptions options, MicroBatch batch, Kernels kernels) {
    try (TrainingModel model =
        new TrainingModel(parameters.config(), parameters, kernels, options)) {
      model.prepareStep();
      return hash(model, batch);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void gradientsDoNotDependOnKernelsAndThreads(Precision precision) {
    MicroBatch golden = goldenBatch();
    try (Parameters mini = mini();
        Parameters odd = odd()) {
      MicroBatch small = batch(odd.config(), 3, 11, 5);
      long expectedMini;
      long expectedOdd;
      try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32)) {
        expectedMini = hash(mini, precision, golden, kernels);
        expectedOdd = hash(odd, precision, small, kernels);
      }
      for (int threads = 1; threads <= 3; threads++) {
        for (KernelTier tier : List.of(KernelTier.VECTOR, KernelTier.AUTO)) {
          try (Kernels kernels = KernelChoice.open(tier, threads, _ -> {})) {
            assertThat(hash(mini, precision, golden, kernels))
                .as("mini, %s, %d threads", kernels.tier(), threads)
                .isEqualTo(expectedMini);
            assertThat(hash(odd, precision, small, kernels))
                .as("odd sizes, %s, %d threads", kernels.tier(), threads)
                .isEqualTo(expectedOdd);
          }
        }
      }
    }
  }

  /**
   * What backward computes again instead of keeping has the bits that forward had: these hashes are
   * of a model that kept everything.
   */
  @ParameterizedTest
  @CsvSource({
    "FP32, -8529597877515853791",
    "BF16, 8657021204465440513",
    "FP8, 5811602762229178911"
  })
  void gradientsAreThoseOfAModelThatKeepsEverything(Precision precision, long expected) {
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        Parameters mini = mini();
        Parameters odd = odd()) {
      long hash = hash(mini, precision, goldenBatch(), kernels);
      hash = 31 * hash + hash(odd, precision, batch(odd.config(), 3, 11, 5), kernels);
      assertThat(hash).isEqualTo(expected);
      TrainingOptions keeping = options(mini.config(), precision).withRecompute(false);
      long kept = hash(mini, keeping, goldenBatch(), kernels);
      assertThat(kept).isEqualTo(hash(mini, precision, goldenBatch(), kernels));
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void nothingIsLeftOfEarlierMicroBatches(Precision precision) {
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {});
        Parameters parameters = odd();
        TrainingModel model =
            new TrainingModel(
                parameters.config(),
                parameters,
                kernels,
                options(parameters.config(), precision))) {
      model.prepareStep();
      MicroBatch first = batch(parameters.config(), 2, 9, 1);
      long hash = hash(model, first);
      hash(model, batch(parameters.config(), 3, 17, 2));
      model.evaluate(batch(parameters.config(), 1, 30, 3));
      assertThat(hash(model, first)).isEqualTo(hash);
    }
  }

  /** Logits of both layers and states, a row after the other. */
  private static List<float[]> rows(TrainingModel model, MicroBatch batch, boolean mtp) {
    List<float[]> rows = new ArrayList<>();
    model.evaluate(
        batch,
        new TrainingTrace() {
          @Override
          public void logits(int firstRow, Tensor logits) {
            add(logits, !mtp);
          }

          @Override
          public void mtpLogits(int firstRow, Tensor logits) {
            add(logits, mtp);
          }

          private void add(Tensor logits, boolean wanted) {
            for (int row = 0; wanted && row < logits.rows(); row++) {
              rows.add(logits.slice(row, row + 1).toFloats());
            }
          }
        });
    return rows;
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void sequencesDoNotSeeEachOther(Precision precision) {
    int length = 10;
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {});
        Parameters parameters = mini();
        TrainingModel model =
            new TrainingModel(
                parameters.config(),
                parameters,
                kernels,
                options(parameters.config(), precision))) {
      model.prepareStep();
      MicroBatch together = batch(parameters.config(), 3, length, 7);
      for (boolean mtp : new boolean[] {false, true}) {
        List<float[]> all = rows(model, together, mtp);
        List<float[]> apart = new ArrayList<>();
        for (int s = 0; s < 3; s++) {
          int[] tokens =
              java.util.Arrays.copyOfRange(
                  together.tokens(), s * (length + 1), (s + 1) * (length + 1));
          apart.addAll(rows(model, new MicroBatch(1, length, tokens), mtp));
        }
        assertThat(all).hasSize(3 * (mtp ? length - 1 : length)).hasSameSizeAs(apart);
        for (int row = 0; row < all.size(); row++) {
          assertThat(all.get(row)).as("row %d", row).isEqualTo(apart.get(row));
        }
      }
    }
  }
}
