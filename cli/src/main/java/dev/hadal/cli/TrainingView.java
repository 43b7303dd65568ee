package dev.hadal.cli;

import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MachineProbe;
import dev.hadal.model.Precision;
import dev.hadal.train.HeldOutScore;
import dev.hadal.train.ReportWriter;
import dev.hadal.train.Terminal;
import dev.hadal.train.TerminalView;
import dev.hadal.train.TrainingListener;
import dev.hadal.train.TrainingOutcome;
import dev.hadal.train.TrainingRun;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * Runs a training run in the open: the view while it trains, Ctrl-C, the report at its end.
 *
 * @param console where it is shown
 */
record TrainingView(Console console) {
  /** What {@code NO_COLOR} and {@code TERM} say counts; standard output decides for itself. */
  private Terminal terminal() {
    Terminal detected = Terminal.detect();
    boolean redraws =
        console.terminal() && !System.getenv().getOrDefault("TERM", "dumb").equals("dumb");
    boolean colour = redraws && System.getenv().getOrDefault("NO_COLOR", "").isEmpty();
    return new Terminal(redraws, colour, detected.unicode(), detected.width());
  }

  /**
   * The machine's measured peak for the products of a precision, in operations a second; 0 where
   * there is nothing to measure it with.
   */
  static double peakFlops(Kernels kernels, Precision precision) {
    if (!MachineProbe.possible()) {
      return 0;
    }
    return MachineProbe.measure(kernels.team()).peak(kernels, precision != Precision.FP32);
  }

  /**
   * Trains until the horizon or the first Ctrl-C, after which the state is saved.
   *
   * @param start prepares the run
   * @return whether the horizon was reached
   */
  boolean train(Function<TrainingListener, TrainingRun> start) {
    TrainingOutcome outcome;
    Path folder;
    try (TerminalView view = new TerminalView(console.out().stream(), terminal());
        TrainingRun run = start.apply(view);
        Interrupts _ =
            Interrupts.onFirst(
                () -> {
                  run.requestStop();
                  view.message(
                      "Ctrl-C: saving after this step; a second Ctrl-C ends at once and loses the"
                          + " steps since the last checkpoint.");
                })) {
      folder = run.folder().root();
      outcome = run.run();
    }
    if (outcome.steps() > 0) {
      console.out().println("report: " + ReportWriter.write(folder));
    }
    outcome.score().ifPresent(this::print);
    return outcome.complete();
  }

  private void print(HeldOutScore score) {
    console
        .out()
        .println(
            "held out: %.4f bits per byte of %,d bytes in %d files"
                .formatted(score.bitsPerByte(), score.bytes(), score.files()));
    console.out().flush();
  }
}
