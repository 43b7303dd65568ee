package dev.hadal.assembler;

/** Where encoded instructions go. */
sealed interface Emitter permits MaskInstructions, GeneralInstructions, FlowInstructions {
  /** The code so far. */
  CodeBuffer buffer();

  /** Notes that the code needs a feature. */
  void require(CpuFeature feature);
}
