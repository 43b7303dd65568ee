package dev.hadal.train;

import dev.hadal.model.Parameters;
import java.nio.file.Path;

/** Writes a run's model as a Hugging Face folder, whole or not at all. */
final class ModelExport {
  private ModelExport() {}

  static void write(Path folder, Parameters parameters, TrainingData data) {
    RunFolder.replace(
        folder,
        fresh -> {
          parameters.export(fresh, Parameters.ExportType.BF16);
          data.writeTokenizer(fresh);
        });
  }
}
