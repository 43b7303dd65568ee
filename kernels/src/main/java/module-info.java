/** One interface per operation family, with a scalar reference and a Vector API implementation. */
@org.jspecify.annotations.NullMarked
module dev.hadal.kernels {
  requires static org.jspecify;
  requires dev.hadal.assembler;
  requires transitive dev.hadal.tensor;
  requires static jdk.incubator.vector;

  exports dev.hadal.kernels;
}
