package dev.hadal.train;

import dev.hadal.generate.ModelFolder;
import dev.hadal.generate.SamplingOptions;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import java.nio.file.Path;

/** Lets the model in a folder continue the configured prompt, as `hadal generate` would. */
final class ModelSamples implements SampleWriter {
  private static final double TEMPERATURE = 0.7;

  private final EvaluationSection evaluation;
  private final long seed;
  private final int longest;
  private final Kernels kernels;

  ModelSamples(TrainConfig config, Kernels kernels) {
    this.evaluation = config.evaluation();
    this.seed = config.run().seed();
    this.longest = config.data().sequenceLength();
    this.kernels = kernels;
  }

  @Override
  public StepRecord.Sample write(Path folder) {
    try (ModelFolder model = ModelFolder.open(folder, kernels, InferenceMode.BF16)) {
      int[] prompt = model.encodePrompt(evaluation.samplePrompt());
      int tokens = Math.min(evaluation.sampleTokens(), longest - prompt.length);
      SamplingOptions options = SamplingOptions.sampled(TEMPERATURE, seed, Math.max(0, tokens));
      return new StepRecord.Sample(
          evaluation.samplePrompt(), model.generator().generate(prompt, options).text());
    }
  }
}
