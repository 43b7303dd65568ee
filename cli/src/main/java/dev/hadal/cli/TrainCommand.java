package dev.hadal.cli;

import dev.hadal.kernels.Kernels;
import dev.hadal.train.TrainConfig;
import dev.hadal.train.TrainingRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains a model. */
@Command(
    sortOptions = false,
    description = {
      "Trains a model as a YAML file describes it, or goes on with a run. Ctrl-C saves and says how"
          + " to resume (exit code 75).",
      ""
    })
final class TrainCommand implements Action {
  private final Console console;

  @Parameters(
      arity = "0..1",
      paramLabel = "CONFIG.yaml",
      description = "The configuration; configs/ has commented examples.")
  private @Nullable Path config;

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description = "Go on with the run in this folder from its newest checkpoint.")
  private @Nullable Path resume;

  @Option(
      names = "--set",
      paramLabel = "SECTION.KEY=VALUE",
      description = "Set a key of the configuration; may be given several times.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--print-config",
      description = "Print the configuration with all defaults, and do nothing else.")
  private boolean printConfig;

  @Mixin private CommonOptions common = new CommonOptions();

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    List<String> all = new ArrayList<>(overrides);
    common.trainingPrecision().ifPresent(name -> all.add("training.precision=" + name));
    common.tier();
    common.threads();
    if ((config == null) == (resume == null)) {
      throw new UsageException(
          "expected CONFIG.yaml or --resume DIR, found " + (config == null ? "neither" : "both"));
    }
    Path file = config != null ? config : resume.resolve("config.yaml");
    if (!Files.isRegularFile(file)) {
      throw new InputException(file + ": there is no such file");
    }
    TrainConfig read = TrainConfig.read(file, all);
    if (printConfig) {
      console.out().print(read.toYaml());
      return ExitCode.DONE;
    }
    Path folder = resume;
    try (Kernels kernels = common.openKernels(console)) {
      double peak = TrainingView.peakFlops(kernels, read.training().precision());
      boolean complete =
          new TrainingView(console)
              .train(
                  listener ->
                      folder == null
                          ? TrainingRun.start(read, kernels, peak, listener)
                          : TrainingRun.resume(folder, all, kernels, peak, listener));
      return complete ? ExitCode.DONE : ExitCode.TEMPORARY;
    }
  }
}
