package dev.hadal.cli;

import dev.hadal.generate.ModelFolder;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.serve.ApiKey;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves a model over HTTP. */
@Command(
    sortOptions = false,
    description = {
      "Serves a model: an OpenAI-compatible port (POST /v1/completions, GET /v1/models, GET /health)"
          + " and a page to type into. Ctrl-C lets running requests end.",
      ""
    })
final class ServeCommand implements Action {
  private final Console console;

  @Mixin private ModelOptions model = new ModelOptions();

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "The address to listen at; one that others can reach needs a key. Default: 127.0.0.1.")
  private String host = "";

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "The port; 0 takes any free one. Default: 8080.")
  private int port;

  @Option(
      names = "--served-model-name",
      paramLabel = "NAME",
      description = "What clients call the model; default: the name of its folder.")
  private @Nullable String name;

  @Option(
      names = {"-c", "--max-model-len", "--ctx-size"},
      paramLabel = "N",
      description = "Longest context, prompt and answer together; default: all the model has.")
  private @Nullable Integer context;

  @Option(
      names = {"-np", "--parallel", "--max-num-seqs"},
      paramLabel = "N",
      defaultValue = "8",
      description = "Sequences that are decoded together. Default: 8.")
  private int sequences;

  @Option(
      names = "--queue",
      paramLabel = "N",
      defaultValue = "64",
      description = "Requests that may wait; more are answered with 429. Default: 64.")
  private int queue;

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description =
          "What clients must show; other users of this machine can see it in a command line.")
  private @Nullable String key;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "A file with the key that clients must show.")
  private @Nullable Path keyFile;

  @Mixin private CommonOptions common = new CommonOptions();

  ServeCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    InferenceMode mode = common.inferenceMode(InferenceMode.BF16);
    common.tier();
    requireRange("--port", port, 0, 65535);
    requireRange("--max-num-seqs", sequences, 1, 4096);
    requireRange("--queue", queue, 0, 1 << 20);
    requireRange("--max-model-len", context == null ? 1 : context, 1, Integer.MAX_VALUE);
    if (name != null && (name.isBlank() || name.length() > 200)) {
      throw new UsageException("--served-model-name: expected 1 to 200 characters");
    }
    Optional<ApiKey> apiKey = apiKey();
    try (Kernels kernels = common.openKernels(console);
        ModelFolder folder = model.open(console, kernels, mode)) {
      Serving serving = new Serving(console, host, port, sequences, queue, apiKey);
      serving.run(folder, name == null ? Serving.nameOf(model.path()) : name, context);
    }
    return ExitCode.DONE;
  }

  private Optional<ApiKey> apiKey() {
    if (key != null && keyFile != null) {
      throw new UsageException("expected --api-key or --api-key-file, found both");
    }
    return key != null
        ? Optional.of(ApiKey.of(key))
        : Optional.ofNullable(keyFile).map(ApiKey::fromFile);
  }

  private static void requireRange(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new UsageException(
          "%s: expected %d to %d, found %d".formatted(option, least, most, value));
    }
  }
}
