package dev.hadal.train;

import java.nio.file.Path;

/** Lets a model write. */
@FunctionalInterface
interface SampleWriter {
  /**
   * What the model continues a prompt with.
   *
   * @param folder a model's folder with its tokenizer
   */
  StepRecord.Sample write(Path folder);
}
