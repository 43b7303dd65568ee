/** Data pipeline, losses, optimiser, schedules, balancing, checkpoints and reports. */
@org.jspecify.annotations.NullMarked
module dev.hadal.train {
  requires static org.jspecify;
  requires transitive dev.hadal.generate;
  requires tools.jackson.core;
  requires tools.jackson.dataformat.yaml;
  requires java.management;
  requires jdk.management;

  exports dev.hadal.train;
}
