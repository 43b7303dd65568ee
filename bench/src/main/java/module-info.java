/** Benchmarks: value, share of the measured machine limit, ratio. */
@org.jspecify.annotations.NullMarked
module dev.hadal.bench {
  requires static org.jspecify;
  requires transitive dev.hadal.train;
  requires transitive dev.hadal.serve;
  requires dev.hadal.format;
  requires java.management;
  requires jdk.management;

  exports dev.hadal.bench;
}
