package dev.hadal.cli;

import dev.hadal.generate.ModelFiles;
import dev.hadal.generate.ModelFolder;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.MemoryLimit;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which model a command works with. */
final class ModelOptions {
  @Option(
      names = {"-m", "--model"},
      required = true,
      paramLabel = "PATH",
      description =
          "A training run, a Hugging Face folder, a weights file in such a folder, or a GGUF file.")
  private Path model = Path.of("");

  /** Reads what the model's folder says beside its weights. */
  ModelFiles read() {
    return ModelFiles.read(model);
  }

  /** Opens the model and says what it warns of. */
  ModelFolder open(Console console, Kernels kernels, InferenceMode mode) {
    return open(console, read(), kernels, mode);
  }

  /** Loads the weights and says what the model warns of. */
  static ModelFolder open(Console console, ModelFiles files, Kernels kernels, InferenceMode mode) {
    return open(console, files, kernels, mode, Optional.empty());
  }

  /** The same within a limit. */
  static ModelFolder open(
      Console console,
      ModelFiles files,
      Kernels kernels,
      InferenceMode mode,
      Optional<MemoryLimit> limit) {
    ModelFolder folder =
        files.open(kernels, mode, Optional.of(PackedCaches.standard(console)), limit);
    for (String warning : folder.warnings()) {
      console.note("hadal: warning: " + warning);
    }
    if (limit.isPresent() && folder.model().experts().isEmpty()) {
      console.note("hadal: the model fits into --memory as a whole: all experts are in memory.");
    }
    return folder;
  }

  /** What was given. */
  Path path() {
    return model;
  }
}
