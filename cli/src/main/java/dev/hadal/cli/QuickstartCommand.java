package dev.hadal.cli;

import dev.hadal.generate.ModelFolder;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MachineProbe;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.Precision;
import dev.hadal.train.ModelPreset;
import dev.hadal.train.Quickstart;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a model for some minutes and serves it. */
@Command(
    sortOptions = false,
    description = {
      "Trains a model for some minutes, on the sources of a JDK of this machine or on any texts, and"
          + " serves it.",
      ""
    })
final class QuickstartCommand implements Action {
  private static final String HOST = "127.0.0.1";
  private static final int SEQUENCES = 4;
  private static final int QUEUE = 64;

  private final Console console;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      defaultValue = "3",
      description = "How long to train; reading the corpus and scores come on top. Default: 3.")
  private double minutes;

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      description = "A folder, zip or JSONL file; default: lib/src.zip of a JDK of this machine.")
  private @Nullable Path corpus;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "runs/quickstart",
      description = "Takes the runs and what they share. Default: runs/quickstart.")
  private Path data = Path.of("");

  @Option(
      names = "--set",
      paramLabel = "SECTION.KEY=VALUE",
      description = "Set a key of the configuration; may be given several times.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Where to serve; 0 takes any free port. Default: 8080.")
  private int port;

  @Option(names = "--no-serve", description = "Only train.")
  private boolean noServe;

  @Mixin private CommonOptions common = new CommonOptions();

  QuickstartCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    List<String> all = new ArrayList<>(overrides);
    common.trainingPrecision().ifPresent(name -> all.add("training.precision=" + name));
    common.tier();
    common.threads();
    if (!(minutes > 0) || minutes > 100_000) {
      throw new UsageException("--minutes: expected more than 0, at most 100000, found " + minutes);
    }
    if (port < 0 || port > 65535) {
      throw new UsageException("--port: expected 0 to 65535, found " + port);
    }
    OutputPaths.requireFolder("--data", data);
    if (corpus != null) {
      Corpora.open(corpus).close();
    }
    if (!noServe) {
      requireFree();
    }
    Path run = nextRun();
    Quickstart quickstart =
        new Quickstart(
            minutes,
            Optional.ofNullable(corpus),
            run,
            Optional.of(data.resolve("data")),
            ModelPreset.forMinutes(minutes),
            all);
    quickstart.config();
    try (Kernels kernels = common.openKernels(console)) {
      MachineProbe.Limits limits =
          MachineProbe.possible()
              ? MachineProbe.measure(kernels.team())
              : MachineProbe.Limits.UNKNOWN;
      // Measured: where dot products double the peak, FP8 buys the lowest loss, elsewhere FP32.
      boolean dots = limits.peak(kernels, true) > limits.flops();
      Quickstart chosen = quickstart.preferring(dots ? Precision.FP8 : Precision.FP32);
      Precision precision = chosen.config().training().precision();
      double peak = limits.peak(kernels, precision != Precision.FP32);
      boolean complete =
          new TrainingView(console).train(listener -> chosen.start(kernels, peak, listener));
      if (!complete) {
        return ExitCode.TEMPORARY;
      }
      console.out().println("model: " + run.resolve("model"));
      if (!noServe) {
        try (ModelFolder model = ModelFolder.open(run, kernels, InferenceMode.BF16)) {
          new Serving(console, HOST, port, SEQUENCES, QUEUE, Optional.empty())
              .run(model, Serving.nameOf(data), null);
        }
      }
    }
    return ExitCode.DONE;
  }

  /** Minutes of training should not end at a port that was never free. */
  private void requireFree() {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new PortException(
          "--port: %s:%d cannot be used, another program may have it; choose another or --no-serve"
              .formatted(HOST, port),
          e);
    }
  }

  /** Runs are numbered; what a killed one left can be resumed. */
  private Path nextRun() {
    int number = 1;
    while (Files.exists(data.resolve("run-" + number))) {
      number++;
    }
    return data.resolve("run-" + number);
  }
}
