/** Contiguous off-heap tensors, quantized tensors and budgeted workspaces. */
@org.jspecify.annotations.NullMarked
module dev.hadal.tensor {
  requires static org.jspecify;
  requires transitive dev.hadal.numerics;

  exports dev.hadal.tensor;
}
