package dev.hadal.train;

import java.nio.file.Path;

/** Looks on while a model trains; called by the training thread between steps. */
public interface TrainingListener {
  /** A listener that does nothing. */
  TrainingListener NONE = new TrainingListener() {};

  /** A step is done, with the evaluation and sample that followed it. */
  default void step(StepRecord step) {}

  /** A checkpoint is complete. */
  default void checkpoint(long step, Path folder) {}

  /** Something a user should read, in one sentence. */
  default void message(String sentence) {}
}
