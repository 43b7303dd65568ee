package dev.hadal.assembler;

import static dev.hadal.assembler.Instruction.VADDPD;
import static dev.hadal.assembler.Instruction.VADDPS;
import static dev.hadal.assembler.Instruction.VANDNPS;
import static dev.hadal.assembler.Instruction.VANDPS;
import static dev.hadal.assembler.Instruction.VBLENDMPS;
import static dev.hadal.assembler.Instruction.VCMPPD;
import static dev.hadal.assembler.Instruction.VCMPPS;
import static dev.hadal.assembler.Instruction.VDIVPD;
import static dev.hadal.assembler.Instruction.VDIVPS;
import static dev.hadal.assembler.Instruction.VFMADD132PS;
import static dev.hadal.assembler.Instruction.VFMADD213PD;
import static dev.hadal.assembler.Instruction.VFMADD213PS;
import static dev.hadal.assembler.Instruction.VFMADD231PD;
import static dev.hadal.assembler.Instruction.VFMADD231PS;
import static dev.hadal.assembler.Instruction.VFMSUB213PS;
import static dev.hadal.assembler.Instruction.VFMSUB231PS;
import static dev.hadal.assembler.Instruction.VFNMADD132PS;
import static dev.hadal.assembler.Instruction.VFNMADD213PS;
import static dev.hadal.assembler.Instruction.VFNMADD231PD;
import static dev.hadal.assembler.Instruction.VFNMADD231PS;
import static dev.hadal.assembler.Instruction.VFPCLASSPS;
import static dev.hadal.assembler.Instruction.VGETEXPPS;
import static dev.hadal.assembler.Instruction.VMAXPD;
import static dev.hadal.assembler.Instruction.VMAXPS;
import static dev.hadal.assembler.Instruction.VMINPD;
import static dev.hadal.assembler.Instruction.VMINPS;
import static dev.hadal.assembler.Instruction.VMULPD;
import static dev.hadal.assembler.Instruction.VMULPS;
import static dev.hadal.assembler.Instruction.VORPS;
import static dev.hadal.assembler.Instruction.VRNDSCALEPS;
import static dev.hadal.assembler.Instruction.VSCALEFPS;
import static dev.hadal.assembler.Instruction.VSQRTPD;
import static dev.hadal.assembler.Instruction.VSQRTPS;
import static dev.hadal.assembler.Instruction.VSUBPD;
import static dev.hadal.assembler.Instruction.VSUBPS;
import static dev.hadal.assembler.Instruction.VXORPS;
import static dev.hadal.assembler.VectorEmitter.requireByte;
import static dev.hadal.assembler.VectorOperands.NO_IMMEDIATE;

/**
 * Floating-point arithmetic, on FP32 lanes where nothing else is said.
 *
 * <p>All of it rounds to the nearest even number, as the thread's control register says by default.
 */
sealed interface FloatInstructions extends VectorEmitter permits Assembler {
  /** d = a + b. */
  default <V extends Vector<V>> void vaddps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VADDPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a - b. */
  default <V extends Vector<V>> void vsubps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VSUBPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a * b. */
  default <V extends Vector<V>> void vmulps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VMULPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a / b. */
  default <V extends Vector<V>> void vdivps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VDIVPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &gt; b ? a : b, so b where one is NaN or both are zero. */
  default <V extends Vector<V>> void vmaxps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VMAXPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &lt; b ? a : b, so b where one is NaN or both are zero. */
  default <V extends Vector<V>> void vminps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VMINPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = square root of a. */
  default <V extends Vector<V>> void vsqrtps(Destination<V> d, Operand<? super V> a) {
    emit(VSQRTPS, d, a, NO_IMMEDIATE);
  }

  /** d = a + b, FP64. */
  default <V extends Vector<V>> void vaddpd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VADDPD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a - b, FP64. */
  default <V extends Vector<V>> void vsubpd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VSUBPD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a * b, FP64. */
  default <V extends Vector<V>> void vmulpd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VMULPD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a / b, FP64. */
  default <V extends Vector<V>> void vdivpd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VDIVPD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &gt; b ? a : b, FP64. */
  default <V extends Vector<V>> void vmaxpd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VMAXPD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &lt; b ? a : b, FP64. */
  default <V extends Vector<V>> void vminpd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VMINPD, d, a, b, NO_IMMEDIATE);
  }

  /** d = square root of a, FP64. */
  default <V extends Vector<V>> void vsqrtpd(Destination<V> d, Operand<? super V> a) {
    emit(VSQRTPD, d, a, NO_IMMEDIATE);
  }

  /** d = d * b + a, rounded once. */
  default <V extends Vector<V>> void vfmadd132ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFMADD132PS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a * d + b, rounded once. */
  default <V extends Vector<V>> void vfmadd213ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFMADD213PS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a * b + d, rounded once. */
  default <V extends Vector<V>> void vfmadd231ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFMADD231PS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a * d - b, rounded once. */
  default <V extends Vector<V>> void vfmsub213ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFMSUB213PS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a * b - d, rounded once. */
  default <V extends Vector<V>> void vfmsub231ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFMSUB231PS, d, a, b, NO_IMMEDIATE);
  }

  /** d = -(d * b) + a, rounded once. */
  default <V extends Vector<V>> void vfnmadd132ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFNMADD132PS, d, a, b, NO_IMMEDIATE);
  }

  /** d = -(a * d) + b, rounded once. */
  default <V extends Vector<V>> void vfnmadd213ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFNMADD213PS, d, a, b, NO_IMMEDIATE);
  }

  /** d = -(a * b) + d, rounded once. */
  default <V extends Vector<V>> void vfnmadd231ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFNMADD231PS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a * d + b, rounded once, FP64. */
  default <V extends Vector<V>> void vfmadd213pd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFMADD213PD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a * b + d, rounded once, FP64. */
  default <V extends Vector<V>> void vfmadd231pd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFMADD231PD, d, a, b, NO_IMMEDIATE);
  }

  /** d = -(a * b) + d, rounded once, FP64. */
  default <V extends Vector<V>> void vfnmadd231pd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VFNMADD231PD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a and b, bits. */
  default <V extends Vector<V>> void vandps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VANDPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = not a and b, bits. */
  default <V extends Vector<V>> void vandnps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VANDNPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a or b, bits. */
  default <V extends Vector<V>> void vorps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VORPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a xor b, bits. */
  default <V extends Vector<V>> void vxorps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VXORPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = floor(log2(abs(a))) as FP32. */
  default <V extends Vector<V>> void vgetexpps(Destination<V> d, Operand<? super V> a) {
    emit(VGETEXPPS, d, a, NO_IMMEDIATE);
  }

  /** d = a * 2^floor(b). */
  default <V extends Vector<V>> void vscalefps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VSCALEFPS, d, a, b, NO_IMMEDIATE);
  }

  /** d = a rounded to an integer; 0: nearest even, 1: down, 2: up, 3: towards zero. */
  default <V extends Vector<V>> void vrndscaleps(
      Destination<V> d, Operand<? super V> a, int immediate) {
    emit(VRNDSCALEPS, d, a, requireByte(immediate));
  }

  /** Mask of the lanes where the comparison holds. */
  default <V extends Vector<V>> void vcmpps(
      MaskDestination d, V a, Operand<? super V> b, FloatComparison comparison) {
    emitCompare(VCMPPS, d, a, b, comparison.code());
  }

  /** Mask of the lanes where the comparison holds, FP64. */
  default <V extends Vector<V>> void vcmppd(
      MaskDestination d, V a, Operand<? super V> b, FloatComparison comparison) {
    emitCompare(VCMPPD, d, a, b, comparison.code());
  }

  /**
   * Mask of the lanes that are 1: quiet NaN, 2: +0, 4: -0, 8: +infinity, 16: -infinity, 32:
   * subnormal, 64: negative, 128: signalling NaN.
   */
  default <V extends Vector<V>> void vfpclassps(MaskDestination d, V a, int classes) {
    emitClassify(VFPCLASSPS, d, a, requireByte(classes));
  }

  /** d = a, and b where d's mask is 1. */
  default <V extends Vector<V>> void vblendmps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VBLENDMPS, d, a, b, NO_IMMEDIATE);
  }
}
