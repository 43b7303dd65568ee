package dev.hadal.train;

import dev.hadal.format.JsonObject;
import java.nio.file.Path;

/**
 * Where a run lives and what its random numbers come from.
 *
 * @param folder takes configuration, metrics, checkpoints and the model
 * @param seed of new weights, data order and fill-in-the-middle
 */
public record RunSection(Path folder, long seed) {
  static RunSection read(ConfigSection section) {
    RunSection run =
        new RunSection(section.getPath("folder", "runs/default"), section.getLong("seed", 1));
    section.requireNoOthers();
    return run;
  }

  JsonObject toJson() {
    return JsonObject.builder().put("folder", folder.toString()).put("seed", seed).build();
  }
}
