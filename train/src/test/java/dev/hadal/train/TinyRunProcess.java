package dev.hadal.train;

import dev.hadal.format.FaultPoint;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A training process to be killed. Arguments: the run's folder, the precision, its length as {@code
 * section.key=value}, and at which point and which time there it stops and waits for its end ("none
 * 0": nowhere). A step takes 5 ms, whatever the machine.
 */
final class TinyRunProcess {
  private TinyRunProcess() {}

  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    FaultPoint faults = waitAt(arguments[3], Integer.parseInt(arguments[4]));
    RunFolder run = new RunFolder(folder);
    boolean begun = Files.exists(run.config());
    TrainConfig config =
        begun
            ? run.readConfig(List.of("run.folder=" + folder))
            : TinyRuns.config(
                folder, "training.precision=" + arguments[1], "training.tokens=0", arguments[2]);
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void step(StepRecord step) {
            System.out.println("step " + step.step());
          }
        };
    try (Kernels kernels = KernelChoice.open(KernelTier.REFERENCE, 1, _ -> {})) {
      TrainingLoop.Parts parts =
          TinyData.parts(config, kernels, listener, new SteadyClock(5_000_000), faults);
      try (TrainingLoop loop =
          begun ? TrainingLoop.resume(config, parts) : TrainingLoop.start(config, parts)) {
        TrainingOutcome outcome = loop.run();
        System.out.println("hash " + outcome.stateHash());
      }
    }
  }

  private static FaultPoint waitAt(String where, int time) {
    AtomicInteger left = new AtomicInteger(time);
    return point -> {
      if (point.equals(where) && left.decrementAndGet() <= 0) {
        System.out.println("at " + point);
        try {
          Thread.sleep(60_000);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("nobody killed this process");
      }
    };
  }
}
