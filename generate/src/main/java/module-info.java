/** Sampling, multi-token-prediction speculation, stop rules and streaming detokenisation. */
@org.jspecify.annotations.NullMarked
module dev.hadal.generate {
  requires static org.jspecify;
  requires transitive dev.hadal.model;
  requires transitive dev.hadal.text;
  requires dev.hadal.format;
  requires dev.hadal.numerics;
  requires jdk.management;

  exports dev.hadal.generate;
}
