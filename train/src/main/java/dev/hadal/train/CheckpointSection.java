package dev.hadal.train;

import dev.hadal.format.JsonObject;

/**
 * When a run's state is saved.
 *
 * @param steps steps between checkpoints; 0: only at the end or when the run is stopped
 * @param keep how many of the newest remain
 * @param export whether the model folder is written with every checkpoint, not only at the end
 */
public record CheckpointSection(int steps, int keep, boolean export) {
  /** Checks the ranges. */
  public CheckpointSection {
    Rules.integer("checkpoint.steps", steps, 0, 1 << 30);
    Rules.integer("checkpoint.keep", keep, 1, 1000);
  }

  static CheckpointSection read(ConfigSection section) {
    CheckpointSection checkpoint =
        new CheckpointSection(
            section.getInt("steps", 100),
            section.getInt("keep", 2),
            section.getBoolean("export", false));
    section.requireNoOthers();
    return checkpoint;
  }

  JsonObject toJson() {
    return JsonObject.builder().put("steps", steps).put("keep", keep).put("export", export).build();
  }
}
