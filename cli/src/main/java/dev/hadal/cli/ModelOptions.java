package dev.hadal.cli;

import dev.hadal.generate.ModelFolder;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which model a command works with. */
final class ModelOptions {
  @Option(
      names = {"-m", "--model"},
      required = true,
      paramLabel = "PATH",
      description = "A training run, a Hugging Face folder, or a weights file in such a folder.")
  private Path model = Path.of("");

  /** Opens the model and says what it warns of. */
  ModelFolder open(Console console, Kernels kernels, InferenceMode mode) {
    ModelFolder folder = ModelFolder.open(model, kernels, mode);
    for (String warning : folder.warnings()) {
      console.note("hadal: warning: " + warning);
    }
    return folder;
  }

  /** What was given. */
  Path path() {
    return model;
  }
}
