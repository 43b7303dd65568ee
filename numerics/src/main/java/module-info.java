/**
 * Number formats, quantization, counter-based random numbers, exact sums and elementary functions.
 */
@org.jspecify.annotations.NullMarked
module dev.hadal.numerics {
  requires static org.jspecify;

  exports dev.hadal.numerics;
}
