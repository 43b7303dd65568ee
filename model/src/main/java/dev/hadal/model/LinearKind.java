package dev.hadal.model;

/** The arithmetic of one linear layer's three products. */
enum LinearKind {
  /** FP32 operands as they are (FP64 in the FP64 reference). */
  DENSE,
  /** BF16 operands. */
  BFLOAT,
  /** E4M3 operands with one scale a tile or block. */
  TILED;

  /** Of the linears inside the blocks. */
  static LinearKind inBlocks(Precision precision) {
    return switch (precision) {
      case FP32 -> DENSE;
      case BF16 -> BFLOAT;
      case FP8 -> TILED;
    };
  }

  /** Of the output head and the MTP projection, which are never FP8. */
  static LinearKind outsideBlocks(Precision precision) {
    return precision == Precision.FP32 ? DENSE : BFLOAT;
  }
}
