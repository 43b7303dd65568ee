package dev.hadal.assembler;

/**
 * Parts of the instruction set that a processor may lack. A feature counts as present only if the
 * operating system also keeps the registers that it needs.
 */
public enum CpuFeature {
  /** 256-bit floating point. */
  AVX,
  /** 256-bit integers. */
  AVX2,
  /** Fused multiply-add. */
  FMA,
  /** Conversion of binary16. */
  F16C,
  /** Scalar bit operations: bzhi, shlx, shrx, sarx. */
  BMI2,
  /** 512-bit vectors, 32 registers, masks. */
  AVX512F,
  /** Lanes of 8 and 16 bits, masks of 64 bits. */
  AVX512BW,
  /** 64-bit integers and floating-point logic. */
  AVX512DQ,
  /** AVX-512 with vectors of 128 and 256 bits. */
  AVX512VL,
  /** Permutations of bytes. */
  AVX512_VBMI,
  /** Dot products of 8- and 16-bit integers. */
  AVX512_VNNI,
  /** Dot products of bfloat16. */
  AVX512_BF16,
  /** Arithmetic of binary16 (reported; the assembler has none of it). */
  AVX512_FP16,
  /** Matrix tiles with bfloat16 (reported; the assembler has none of it). */
  AMX_BF16
}
