package dev.hadal.train;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A run that has a length in time: what {@code hadal quickstart} trains. The first part, in which
 * the learning rate rises and stays and nothing depends on the horizon, is measured; from its speed
 * the horizon in tokens is found and written into the run's configuration. From then on it is a run
 * like any other.
 *
 * @param minutes of training; tokenizer, packing, scores and checkpoints come on top
 * @param corpus what to train on; empty: the sources of a JDK of this machine
 * @param folder of the run; must not hold one
 * @param dataFolder takes tokenizer and packed tokens, for other runs too; empty: in the run's
 * @param preset which model
 * @param overrides {@code section.key=value} on top of the preset
 */
public record Quickstart(
    double minutes,
    Optional<Path> corpus,
    Path folder,
    Optional<Path> dataFolder,
    ModelPreset preset,
    List<String> overrides) {
  /** More than any machine that this is meant for trains in a second. */
  private static final long FASTEST_TOKENS_A_SECOND = 60_000;

  /** Checks the range. */
  public Quickstart {
    overrides = List.copyOf(overrides);
    if (!(minutes > 0) || minutes > TrainingSection.MOST_MINUTES) {
      throw Rules.invalid("--minutes", "above 0, at most 100000", minutes);
    }
  }

  /** The same in another precision, unless one is among the overrides. */
  public Quickstart preferring(Precision precision) {
    List<String> all = new ArrayList<>();
    all.add("training.precision=" + precision.name().toLowerCase(Locale.ROOT));
    all.addAll(overrides);
    return new Quickstart(minutes, corpus, folder, dataFolder, preset, all);
  }

  /** The run's configuration, as far as it is known before anything is measured. */
  public TrainConfig config() {
    List<String> all = new ArrayList<>();
    corpus.ifPresent(path -> all.add("data.corpus=" + quoted(path)));
    dataFolder.ifPresent(path -> all.add("data.folder=" + quoted(path)));
    all.add("run.folder=" + quoted(folder));
    long most = (long) (minutes * 60 * FASTEST_TOKENS_A_SECOND) + 1_000_000;
    all.add("data.max_tokens=" + most);
    all.add("training.minutes=" + minutes);
    all.addAll(overrides);
    return TrainConfig.parse("preset " + preset.label(), preset.yaml(), all);
  }

  private static String quoted(Path path) {
    return dev.hadal.format.Json.compact(new dev.hadal.format.JsonString(path.toString()));
  }

  /** Prepares the run; see {@link TrainingRun#start}. */
  public TrainingRun start(Kernels kernels, double peakFlops, TrainingListener listener) {
    TrainConfig config = config();
    listener.message(
        String.format(
            Locale.ROOT,
            "quickstart: model %s in %s, %.1f minutes",
            preset.label(),
            config.training().precision().name().toLowerCase(Locale.ROOT),
            minutes));
    return TrainingRun.start(config, kernels, peakFlops, listener);
  }
}
