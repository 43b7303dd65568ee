package dev.hadal.model;

/** The arithmetic of one linear at inference: what its activations become. */
enum InferenceKind {
  /** FP32 as they are (FP64 in the FP64 reference). */
  DENSE,
  /** BF16. */
  BFLOAT,
  /** E4M3 with one scale for 128. */
  TILED,
  /** Bytes with one scale for 32; the weights are those of a quantized file. */
  INTEGER
}
