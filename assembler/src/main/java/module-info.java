/**
 * Machine code written by Java: a typed x86-64 assembler, executable memory, processor features.
 */
@org.jspecify.annotations.NullMarked
module dev.hadal.assembler {
  requires static org.jspecify;

  exports dev.hadal.assembler;
}
