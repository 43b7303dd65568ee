package dev.hadal.assembler;

import static dev.hadal.assembler.Instruction.VALIGND;
import static dev.hadal.assembler.Instruction.VALIGNQ;
import static dev.hadal.assembler.Instruction.VEXTRACTF32X4;
import static dev.hadal.assembler.Instruction.VEXTRACTF64X4;
import static dev.hadal.assembler.Instruction.VEXTRACTI32X4;
import static dev.hadal.assembler.Instruction.VEXTRACTI64X4;
import static dev.hadal.assembler.Instruction.VINSERTF32X4;
import static dev.hadal.assembler.Instruction.VINSERTF64X4;
import static dev.hadal.assembler.Instruction.VINSERTI32X4;
import static dev.hadal.assembler.Instruction.VINSERTI64X4;
import static dev.hadal.assembler.Instruction.VPERMB;
import static dev.hadal.assembler.Instruction.VPERMD;
import static dev.hadal.assembler.Instruction.VPERMI2B;
import static dev.hadal.assembler.Instruction.VPERMI2D;
import static dev.hadal.assembler.Instruction.VPERMI2PS;
import static dev.hadal.assembler.Instruction.VPERMI2Q;
import static dev.hadal.assembler.Instruction.VPERMI2W;
import static dev.hadal.assembler.Instruction.VPERMILPS;
import static dev.hadal.assembler.Instruction.VPERMPS;
import static dev.hadal.assembler.Instruction.VPERMQ;
import static dev.hadal.assembler.Instruction.VPERMQ_IMMEDIATE;
import static dev.hadal.assembler.Instruction.VPERMT2B;
import static dev.hadal.assembler.Instruction.VPERMT2D;
import static dev.hadal.assembler.Instruction.VPERMT2PS;
import static dev.hadal.assembler.Instruction.VPERMT2Q;
import static dev.hadal.assembler.Instruction.VPERMT2W;
import static dev.hadal.assembler.Instruction.VPERMW;
import static dev.hadal.assembler.Instruction.VPSHUFB;
import static dev.hadal.assembler.Instruction.VPSHUFD;
import static dev.hadal.assembler.Instruction.VPUNPCKHBW;
import static dev.hadal.assembler.Instruction.VPUNPCKHDQ;
import static dev.hadal.assembler.Instruction.VPUNPCKHQDQ;
import static dev.hadal.assembler.Instruction.VPUNPCKHWD;
import static dev.hadal.assembler.Instruction.VPUNPCKLBW;
import static dev.hadal.assembler.Instruction.VPUNPCKLDQ;
import static dev.hadal.assembler.Instruction.VPUNPCKLQDQ;
import static dev.hadal.assembler.Instruction.VPUNPCKLWD;
import static dev.hadal.assembler.Instruction.VSHUFF32X4;
import static dev.hadal.assembler.Instruction.VSHUFF64X2;
import static dev.hadal.assembler.Instruction.VSHUFI32X4;
import static dev.hadal.assembler.Instruction.VSHUFPS;
import static dev.hadal.assembler.Instruction.VUNPCKHPS;
import static dev.hadal.assembler.Instruction.VUNPCKLPS;
import static dev.hadal.assembler.VectorEmitter.requireByte;
import static dev.hadal.assembler.VectorOperands.NO_IMMEDIATE;

/** Movements between lanes. A block is 128 bits. */
sealed interface PermutationInstructions extends VectorEmitter permits Assembler {
  /**
   * Bytes of a, chosen within each 128-bit block by b's lower 4 bits; zero where b's top bit is 1.
   */
  default <V extends Vector<V>> void vpshufb(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPSHUFB, d, a, b, NO_IMMEDIATE);
  }

  /** 32-bit lanes of a, chosen within each block by the immediate's bit pairs. */
  default <V extends Vector<V>> void vpshufd(
      Destination<V> d, Operand<? super V> a, int immediate) {
    emit(VPSHUFD, d, a, requireByte(immediate));
  }

  /** FP32 lanes of a, chosen within each block by the immediate's bit pairs. */
  default <V extends Vector<V>> void vpermilps(
      Destination<V> d, Operand<? super V> a, int immediate) {
    emit(VPERMILPS, d, a, requireByte(immediate));
  }

  /** In each block two lanes of a, then two of b, chosen by the immediate's bit pairs. */
  default <V extends Vector<V>> void vshufps(
      Destination<V> d, V a, Operand<? super V> b, int immediate) {
    emit(VSHUFPS, d, a, b, requireByte(immediate));
  }

  /** Interleaves the bytes of the lower halves of each block. */
  default <V extends Vector<V>> void vpunpcklbw(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPUNPCKLBW, d, a, b, NO_IMMEDIATE);
  }

  /** Interleaves the bytes of the upper halves of each block. */
  default <V extends Vector<V>> void vpunpckhbw(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPUNPCKHBW, d, a, b, NO_IMMEDIATE);
  }

  /** Interleaves the 16-bit lanes of the lower halves of each block. */
  default <V extends Vector<V>> void vpunpcklwd(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPUNPCKLWD, d, a, b, NO_IMMEDIATE);
  }

  /** Interleaves the 16-bit lanes of the upper halves of each block. */
  default <V extends Vector<V>> void vpunpckhwd(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPUNPCKHWD, d, a, b, NO_IMMEDIATE);
  }

  /** Interleaves the 32-bit lanes of the lower halves of each block. */
  default <V extends Vector<V>> void vpunpckldq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPUNPCKLDQ, d, a, b, NO_IMMEDIATE);
  }

  /** Interleaves the 32-bit lanes of the upper halves of each block. */
  default <V extends Vector<V>> void vpunpckhdq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPUNPCKHDQ, d, a, b, NO_IMMEDIATE);
  }

  /** Joins the lower 64 bits of each block. */
  default <V extends Vector<V>> void vpunpcklqdq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPUNPCKLQDQ, d, a, b, NO_IMMEDIATE);
  }

  /** Joins the upper 64 bits of each block. */
  default <V extends Vector<V>> void vpunpckhqdq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPUNPCKHQDQ, d, a, b, NO_IMMEDIATE);
  }

  /** Interleaves the FP32 lanes of the lower halves of each block. */
  default <V extends Vector<V>> void vunpcklps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VUNPCKLPS, d, a, b, NO_IMMEDIATE);
  }

  /** Interleaves the FP32 lanes of the upper halves of each block. */
  default <V extends Vector<V>> void vunpckhps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VUNPCKHPS, d, a, b, NO_IMMEDIATE);
  }

  /** The 32-bit lanes of a above b, moved down by the immediate. */
  default <V extends Vector<V>> void valignd(
      Destination<V> d, V a, Operand<? super V> b, int immediate) {
    emit(VALIGND, d, a, b, requireByte(immediate));
  }

  /** The 64-bit lanes of a above b, moved down by the immediate. */
  default <V extends Vector<V>> void valignq(
      Destination<V> d, V a, Operand<? super V> b, int immediate) {
    emit(VALIGNQ, d, a, b, requireByte(immediate));
  }

  /** d = b's 32-bit lanes chosen by a. */
  default <V extends Vector<V> & Wide> void vpermd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPERMD, d, a, b, NO_IMMEDIATE);
  }

  /** d = b's FP32 lanes chosen by a. */
  default <V extends Vector<V> & Wide> void vpermps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPERMPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = b's 64-bit lanes chosen by a. */
  default <V extends Vector<V> & Wide> void vpermq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPERMQ, d, a, b, NO_IMMEDIATE);
  }

  /** d = a's 64-bit lanes chosen within 256 bits by the immediate's bit pairs. */
  default <V extends Vector<V> & Wide> void vpermq(
      Destination<V> d, Operand<? super V> a, int immediate) {
    emit(VPERMQ_IMMEDIATE, d, a, requireByte(immediate));
  }

  /** d = b's 16-bit lanes chosen by a. */
  default <V extends Vector<V>> void vpermw(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPERMW, d, a, b, NO_IMMEDIATE);
  }

  /** d = b's bytes chosen by a. */
  default <V extends Vector<V>> void vpermb(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPERMB, d, a, b, NO_IMMEDIATE);
  }

  /** d = 32-bit lanes of a and b chosen by d. */
  default <V extends Vector<V>> void vpermi2d(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPERMI2D, d, a, b, NO_IMMEDIATE);
  }

  /** d = FP32 lanes of a and b chosen by d. */
  default <V extends Vector<V>> void vpermi2ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPERMI2PS, d, a, b, NO_IMMEDIATE);
  }

  /** d = 64-bit lanes of a and b chosen by d. */
  default <V extends Vector<V>> void vpermi2q(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPERMI2Q, d, a, b, NO_IMMEDIATE);
  }

  /** d = 16-bit lanes of a and b chosen by d. */
  default <V extends Vector<V>> void vpermi2w(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPERMI2W, d, a, b, NO_IMMEDIATE);
  }

  /** d = bytes of a and b chosen by d. */
  default <V extends Vector<V>> void vpermi2b(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPERMI2B, d, a, b, NO_IMMEDIATE);
  }

  /** d = 32-bit lanes of d and b chosen by a. */
  default <V extends Vector<V>> void vpermt2d(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPERMT2D, d, a, b, NO_IMMEDIATE);
  }

  /** d = FP32 lanes of d and b chosen by a. */
  default <V extends Vector<V>> void vpermt2ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPERMT2PS, d, a, b, NO_IMMEDIATE);
  }

  /** d = 64-bit lanes of d and b chosen by a. */
  default <V extends Vector<V>> void vpermt2q(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPERMT2Q, d, a, b, NO_IMMEDIATE);
  }

  /** d = 16-bit lanes of d and b chosen by a. */
  default <V extends Vector<V>> void vpermt2w(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPERMT2W, d, a, b, NO_IMMEDIATE);
  }

  /** d = bytes of d and b chosen by a. */
  default <V extends Vector<V>> void vpermt2b(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPERMT2B, d, a, b, NO_IMMEDIATE);
  }

  /** Blocks of a in the lower half, of b in the upper one, chosen by the immediate. */
  default <V extends Vector<V> & Wide> void vshuff32x4(
      Destination<V> d, V a, Operand<? super V> b, int immediate) {
    emit(VSHUFF32X4, d, a, b, requireByte(immediate));
  }

  /** The same as vshuff32x4 for integers. */
  default <V extends Vector<V> & Wide> void vshufi32x4(
      Destination<V> d, V a, Operand<? super V> b, int immediate) {
    emit(VSHUFI32X4, d, a, b, requireByte(immediate));
  }

  /** The same as vshuff32x4 with masks of 64-bit lanes. */
  default <V extends Vector<V> & Wide> void vshuff64x2(
      Destination<V> d, V a, Operand<? super V> b, int immediate) {
    emit(VSHUFF64X2, d, a, b, requireByte(immediate));
  }

  /** d = the block of s that the immediate names. */
  default <V extends Vector<V> & Wide> void vextractf32x4(Destination<Xmm> d, V s, int immediate) {
    emitStore(VEXTRACTF32X4, d, s, requireByte(immediate));
  }

  /** d = the block of s that the immediate names. */
  default <V extends Vector<V> & Wide> void vextractf32x4(MemoryDestination d, V s, int immediate) {
    emitStore(VEXTRACTF32X4, d, s, requireByte(immediate));
  }

  /** d = the block of s that the immediate names. */
  default <V extends Vector<V> & Wide> void vextracti32x4(Destination<Xmm> d, V s, int immediate) {
    emitStore(VEXTRACTI32X4, d, s, requireByte(immediate));
  }

  /** d = the block of s that the immediate names. */
  default <V extends Vector<V> & Wide> void vextracti32x4(MemoryDestination d, V s, int immediate) {
    emitStore(VEXTRACTI32X4, d, s, requireByte(immediate));
  }

  /** d = the half of s that the immediate names. */
  default void vextractf64x4(Destination<Ymm> d, Zmm s, int immediate) {
    emitStore(VEXTRACTF64X4, d, s, requireByte(immediate));
  }

  /** d = the half of s that the immediate names. */
  default void vextractf64x4(MemoryDestination d, Zmm s, int immediate) {
    emitStore(VEXTRACTF64X4, d, s, requireByte(immediate));
  }

  /** d = the half of s that the immediate names. */
  default void vextracti64x4(Destination<Ymm> d, Zmm s, int immediate) {
    emitStore(VEXTRACTI64X4, d, s, requireByte(immediate));
  }

  /** d = the half of s that the immediate names. */
  default void vextracti64x4(MemoryDestination d, Zmm s, int immediate) {
    emitStore(VEXTRACTI64X4, d, s, requireByte(immediate));
  }

  /** d = a with b in place of the block that the immediate names. */
  default <V extends Vector<V> & Wide> void vinsertf32x4(
      Destination<V> d, V a, RegisterOrMemory<? super Xmm> b, int immediate) {
    emit(VINSERTF32X4, d, a, b, requireByte(immediate));
  }

  /** d = a with b in place of the block that the immediate names. */
  default <V extends Vector<V> & Wide> void vinserti32x4(
      Destination<V> d, V a, RegisterOrMemory<? super Xmm> b, int immediate) {
    emit(VINSERTI32X4, d, a, b, requireByte(immediate));
  }

  /** d = a with b in place of the half that the immediate names. */
  default void vinsertf64x4(
      Destination<Zmm> d, Zmm a, RegisterOrMemory<? super Ymm> b, int immediate) {
    emit(VINSERTF64X4, d, a, b, requireByte(immediate));
  }

  /** d = a with b in place of the half that the immediate names. */
  default void vinserti64x4(
      Destination<Zmm> d, Zmm a, RegisterOrMemory<? super Ymm> b, int immediate) {
    emit(VINSERTI64X4, d, a, b, requireByte(immediate));
  }
}
