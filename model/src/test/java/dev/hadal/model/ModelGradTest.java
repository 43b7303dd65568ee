package dev.hadal.model;

import dev.hadal.kernels.Kernels;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The whole loss of a model of a dense and a routing block, main, MTP and balance terms together,
 * with respect to every parameter tensor.
 */
class ModelGradTest {
  @ParameterizedTest
  @CsvSource({"true, 2, 9", "false, 2, 9", "true, 1, 2", "true, 3, 1"})
  void everyParameter(boolean v3, int count, int length) {
    ModelConfig config = Configs.parse(v3 ? Configs.SMALL : Configs.SMALL_V2);
    TrainingOptions options = new TrainingOptions(Precision.FP32, 0.3, 0.5, 3, 1L << 30);
    int[] tokens =
        IntStream.range(0, count * (length + 1)).map(i -> i * i % config.vocabSize()).toArray();
    MicroBatch batch = new MicroBatch(count, length, tokens);
    try (GradientCheck check = new GradientCheck();
        Parameters parameters = check.parameters(config)) {
      Kernels kernels = check.kernels();
      try (TrainingModel model = new TrainingModel(config, parameters, kernels, options)) {
        check.vary(parameters, "");
        check.check(
            sink -> {
              model.prepareStep();
              LossSums sums = model.forwardBackward(batch, sink);
              return sums.main() + options.mtpWeight() * sums.mtp() + sums.balance();
            });
      }
    }
  }
}
