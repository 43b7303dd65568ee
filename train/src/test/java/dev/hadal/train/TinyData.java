package dev.hadal.train;

import dev.hadal.format.FaultPoint;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.LossSums;
import dev.hadal.model.MicroBatch;
import dev.hadal.model.TrainingModel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;

/** {@link TinyRuns.Source} as a run's data; sequences from a million on are held out. */
final class TinyData implements TrainingData {
  private static final int HELD_OUT = 4;

  private final SequenceSource source;

  TinyData(SequenceSource source) {
    this.source = source;
  }

  /** The same sequences under another name. */
  record Changed(SequenceSource source) implements SequenceSource {
    @Override
    public int length() {
      return source.length();
    }

    @Override
    public void read(long number, int[] tokens, int from) {
      source.read(number, tokens, from);
    }

    @Override
    public String fingerprint() {
      return source.fingerprint().replace("synthetic", "changed");
    }
  }

  static TrainingLoop.Parts parts(
      TrainConfig config, Kernels kernels, TrainingListener listener, FaultPoint faults) {
    return parts(config, kernels, listener, System::nanoTime, faults);
  }

  static TrainingLoop.Parts parts(
      TrainConfig config,
      Kernels kernels,
      TrainingListener listener,
      LongSupplier clock,
      FaultPoint faults) {
    TinyData data = new TinyData(new TinyRuns.Source(config.data().sequenceLength()));
    return new TrainingLoop.Parts(
        data, kernels, 0, listener, _ -> new StepRecord.Sample("a", "b"), clock, faults);
  }

  @Override
  public SequenceSource source() {
    return source;
  }

  @Override
  public Optional<HeldOutScore> score(TrainingModel model, int windows) {
    int length = source.length();
    int[] tokens = new int[HELD_OUT * (length + 1)];
    for (int s = 0; s < HELD_OUT; s++) {
      source.read(1_000_000 + s, tokens, s * (length + 1));
    }
    LossSums sums = model.evaluate(new MicroBatch(HELD_OUT, length, tokens));
    return Optional.of(new HeldOutScore(sums.main(), sums.tokens(), sums.tokens() * 3, 1));
  }

  @Override
  public java.util.SequencedMap<String, Double> baselines() {
    return new java.util.LinkedHashMap<>();
  }

  @Override
  public void writeTokenizer(Path folder) {}

  @Override
  public long bytes() {
    return 0;
  }

  @Override
  public void close() {}
}
