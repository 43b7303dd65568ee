package dev.hadal.train;

import dev.hadal.model.TrainingModel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SequencedMap;

/** What a run trains on and is measured by. */
interface TrainingData extends AutoCloseable {
  /** The training sequences. */
  SequenceSource source();

  /**
   * The score of a model on held-out files, with attention in the expanded form; empty where
   * nothing is held out.
   *
   * @param windows sequences to look at, always the same ones; 0 for all
   */
  Optional<HeldOutScore> score(TrainingModel model, int windows);

  /** Bits per byte that others reach on the held-out files, by their names; empty without any. */
  SequencedMap<String, Double> baselines();

  /** Writes {@code tokenizer.json} and {@code tokenizer_config.json} into a model's folder. */
  void writeTokenizer(Path folder);

  /** Bytes of tokens in memory. */
  long bytes();

  @Override
  void close();
}
