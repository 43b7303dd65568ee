/** Data pipeline, losses, optimiser, schedules, balancing, checkpoints and reports. */
@org.jspecify.annotations.NullMarked
module dev.hadal.train {
  requires static org.jspecify;
  requires transitive dev.hadal.generate;
  requires tools.jackson.core;

  exports dev.hadal.train;
}
