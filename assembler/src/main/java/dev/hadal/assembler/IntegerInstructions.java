package dev.hadal.assembler;

import static dev.hadal.assembler.Instruction.VPABSD;
import static dev.hadal.assembler.Instruction.VPADDB;
import static dev.hadal.assembler.Instruction.VPADDD;
import static dev.hadal.assembler.Instruction.VPADDQ;
import static dev.hadal.assembler.Instruction.VPADDW;
import static dev.hadal.assembler.Instruction.VPANDD;
import static dev.hadal.assembler.Instruction.VPANDND;
import static dev.hadal.assembler.Instruction.VPBLENDMB;
import static dev.hadal.assembler.Instruction.VPBLENDMD;
import static dev.hadal.assembler.Instruction.VPBLENDMQ;
import static dev.hadal.assembler.Instruction.VPBLENDMW;
import static dev.hadal.assembler.Instruction.VPCMPB;
import static dev.hadal.assembler.Instruction.VPCMPD;
import static dev.hadal.assembler.Instruction.VPCMPQ;
import static dev.hadal.assembler.Instruction.VPCMPUB;
import static dev.hadal.assembler.Instruction.VPCMPUD;
import static dev.hadal.assembler.Instruction.VPCMPUQ;
import static dev.hadal.assembler.Instruction.VPCMPUW;
import static dev.hadal.assembler.Instruction.VPCMPW;
import static dev.hadal.assembler.Instruction.VPMAXSD;
import static dev.hadal.assembler.Instruction.VPMAXUD;
import static dev.hadal.assembler.Instruction.VPMINSD;
import static dev.hadal.assembler.Instruction.VPMINUD;
import static dev.hadal.assembler.Instruction.VPMULLD;
import static dev.hadal.assembler.Instruction.VPMULLQ;
import static dev.hadal.assembler.Instruction.VPMULLW;
import static dev.hadal.assembler.Instruction.VPMULUDQ;
import static dev.hadal.assembler.Instruction.VPORD;
import static dev.hadal.assembler.Instruction.VPSLLD;
import static dev.hadal.assembler.Instruction.VPSLLQ;
import static dev.hadal.assembler.Instruction.VPSLLVD;
import static dev.hadal.assembler.Instruction.VPSLLVQ;
import static dev.hadal.assembler.Instruction.VPSLLVW;
import static dev.hadal.assembler.Instruction.VPSLLW;
import static dev.hadal.assembler.Instruction.VPSRAD;
import static dev.hadal.assembler.Instruction.VPSRAQ;
import static dev.hadal.assembler.Instruction.VPSRAVD;
import static dev.hadal.assembler.Instruction.VPSRAVQ;
import static dev.hadal.assembler.Instruction.VPSRAVW;
import static dev.hadal.assembler.Instruction.VPSRAW;
import static dev.hadal.assembler.Instruction.VPSRLD;
import static dev.hadal.assembler.Instruction.VPSRLQ;
import static dev.hadal.assembler.Instruction.VPSRLVD;
import static dev.hadal.assembler.Instruction.VPSRLVQ;
import static dev.hadal.assembler.Instruction.VPSRLVW;
import static dev.hadal.assembler.Instruction.VPSRLW;
import static dev.hadal.assembler.Instruction.VPSUBB;
import static dev.hadal.assembler.Instruction.VPSUBD;
import static dev.hadal.assembler.Instruction.VPSUBQ;
import static dev.hadal.assembler.Instruction.VPSUBW;
import static dev.hadal.assembler.Instruction.VPTERNLOGD;
import static dev.hadal.assembler.Instruction.VPTESTMD;
import static dev.hadal.assembler.Instruction.VPTESTNMD;
import static dev.hadal.assembler.Instruction.VPXORD;
import static dev.hadal.assembler.VectorEmitter.requireByte;
import static dev.hadal.assembler.VectorOperands.NO_IMMEDIATE;

/** Integer arithmetic, logic, shifts and comparisons. */
sealed interface IntegerInstructions extends VectorEmitter permits Assembler {
  /** d = a + b, bytes. */
  default <V extends Vector<V>> void vpaddb(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPADDB, d, a, b, NO_IMMEDIATE);
  }

  /** d = a + b, 16-bit lanes. */
  default <V extends Vector<V>> void vpaddw(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPADDW, d, a, b, NO_IMMEDIATE);
  }

  /** d = a + b, 32-bit lanes. */
  default <V extends Vector<V>> void vpaddd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPADDD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a + b, 64-bit lanes. */
  default <V extends Vector<V>> void vpaddq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPADDQ, d, a, b, NO_IMMEDIATE);
  }

  /** d = a - b, bytes. */
  default <V extends Vector<V>> void vpsubb(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPSUBB, d, a, b, NO_IMMEDIATE);
  }

  /** d = a - b, 16-bit lanes. */
  default <V extends Vector<V>> void vpsubw(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPSUBW, d, a, b, NO_IMMEDIATE);
  }

  /** d = a - b, 32-bit lanes. */
  default <V extends Vector<V>> void vpsubd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPSUBD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a - b, 64-bit lanes. */
  default <V extends Vector<V>> void vpsubq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPSUBQ, d, a, b, NO_IMMEDIATE);
  }

  /** d = lower half of a * b, 16-bit lanes. */
  default <V extends Vector<V>> void vpmullw(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPMULLW, d, a, b, NO_IMMEDIATE);
  }

  /** d = lower half of a * b, 32-bit lanes. */
  default <V extends Vector<V>> void vpmulld(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPMULLD, d, a, b, NO_IMMEDIATE);
  }

  /** d = lower half of a * b, 64-bit lanes. */
  default <V extends Vector<V>> void vpmullq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPMULLQ, d, a, b, NO_IMMEDIATE);
  }

  /** 64-bit d = a's lower 32 bits times b's, unsigned. */
  default <V extends Vector<V>> void vpmuludq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPMULUDQ, d, a, b, NO_IMMEDIATE);
  }

  /** d = the larger signed number. */
  default <V extends Vector<V>> void vpmaxsd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPMAXSD, d, a, b, NO_IMMEDIATE);
  }

  /** d = the larger unsigned number. */
  default <V extends Vector<V>> void vpmaxud(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPMAXUD, d, a, b, NO_IMMEDIATE);
  }

  /** d = the smaller signed number. */
  default <V extends Vector<V>> void vpminsd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPMINSD, d, a, b, NO_IMMEDIATE);
  }

  /** d = the smaller unsigned number. */
  default <V extends Vector<V>> void vpminud(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPMINUD, d, a, b, NO_IMMEDIATE);
  }

  /** d = absolute value of a. */
  default <V extends Vector<V>> void vpabsd(Destination<V> d, Operand<? super V> a) {
    emit(VPABSD, d, a, NO_IMMEDIATE);
  }

  /** d = a and b. */
  default <V extends Vector<V>> void vpandd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPANDD, d, a, b, NO_IMMEDIATE);
  }

  /** d = not a and b. */
  default <V extends Vector<V>> void vpandnd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPANDND, d, a, b, NO_IMMEDIATE);
  }

  /** d = a or b. */
  default <V extends Vector<V>> void vpord(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPORD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a xor b. */
  default <V extends Vector<V>> void vpxord(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPXORD, d, a, b, NO_IMMEDIATE);
  }

  /** Each bit of d = bit number (4 d + 2 a + b) of the immediate. */
  default <V extends Vector<V>> void vpternlogd(
      Destination<V> d, V a, Operand<? super V> b, int immediate) {
    emit(VPTERNLOGD, d, a, b, requireByte(immediate));
  }

  /** d = s &lt;&lt; count, 16-bit lanes. */
  default <V extends Vector<V>> void vpsllw(
      Destination<V> d, RegisterOrMemory<? super V> s, int count) {
    emitShift(VPSLLW, d, s, requireByte(count));
  }

  /** d = s &gt;&gt;&gt; count, 16-bit lanes. */
  default <V extends Vector<V>> void vpsrlw(
      Destination<V> d, RegisterOrMemory<? super V> s, int count) {
    emitShift(VPSRLW, d, s, requireByte(count));
  }

  /** d = s &gt;&gt; count, 16-bit lanes. */
  default <V extends Vector<V>> void vpsraw(
      Destination<V> d, RegisterOrMemory<? super V> s, int count) {
    emitShift(VPSRAW, d, s, requireByte(count));
  }

  /** d = s &lt;&lt; count, 32-bit lanes. */
  default <V extends Vector<V>> void vpslld(Destination<V> d, Operand<? super V> s, int count) {
    emitShift(VPSLLD, d, s, requireByte(count));
  }

  /** d = s &gt;&gt;&gt; count, 32-bit lanes. */
  default <V extends Vector<V>> void vpsrld(Destination<V> d, Operand<? super V> s, int count) {
    emitShift(VPSRLD, d, s, requireByte(count));
  }

  /** d = s &gt;&gt; count, 32-bit lanes. */
  default <V extends Vector<V>> void vpsrad(Destination<V> d, Operand<? super V> s, int count) {
    emitShift(VPSRAD, d, s, requireByte(count));
  }

  /** d = s &lt;&lt; count, 64-bit lanes. */
  default <V extends Vector<V>> void vpsllq(Destination<V> d, Operand<? super V> s, int count) {
    emitShift(VPSLLQ, d, s, requireByte(count));
  }

  /** d = s &gt;&gt;&gt; count, 64-bit lanes. */
  default <V extends Vector<V>> void vpsrlq(Destination<V> d, Operand<? super V> s, int count) {
    emitShift(VPSRLQ, d, s, requireByte(count));
  }

  /** d = s &gt;&gt; count, 64-bit lanes. */
  default <V extends Vector<V>> void vpsraq(Destination<V> d, Operand<? super V> s, int count) {
    emitShift(VPSRAQ, d, s, requireByte(count));
  }

  /** d = a &lt;&lt; b, 16-bit lanes, each its own count. */
  default <V extends Vector<V>> void vpsllvw(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPSLLVW, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &gt;&gt;&gt; b, 16-bit lanes, each its own count. */
  default <V extends Vector<V>> void vpsrlvw(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPSRLVW, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &gt;&gt; b, 16-bit lanes, each its own count. */
  default <V extends Vector<V>> void vpsravw(Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPSRAVW, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &lt;&lt; b, 32-bit lanes, each its own count. */
  default <V extends Vector<V>> void vpsllvd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPSLLVD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &gt;&gt;&gt; b, 32-bit lanes, each its own count. */
  default <V extends Vector<V>> void vpsrlvd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPSRLVD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &gt;&gt; b, 32-bit lanes, each its own count. */
  default <V extends Vector<V>> void vpsravd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPSRAVD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &lt;&lt; b, 64-bit lanes, each its own count. */
  default <V extends Vector<V>> void vpsllvq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPSLLVQ, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &gt;&gt;&gt; b, 64-bit lanes, each its own count. */
  default <V extends Vector<V>> void vpsrlvq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPSRLVQ, d, a, b, NO_IMMEDIATE);
  }

  /** d = a &gt;&gt; b, 64-bit lanes, each its own count. */
  default <V extends Vector<V>> void vpsravq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPSRAVQ, d, a, b, NO_IMMEDIATE);
  }

  /** Mask of the lanes where the comparison holds, signed bytes. */
  default <V extends Vector<V>> void vpcmpb(
      MaskDestination d, V a, RegisterOrMemory<? super V> b, IntegerComparison comparison) {
    emitCompare(VPCMPB, d, a, b, comparison.code());
  }

  /** Mask of the lanes where the comparison holds, unsigned bytes. */
  default <V extends Vector<V>> void vpcmpub(
      MaskDestination d, V a, RegisterOrMemory<? super V> b, IntegerComparison comparison) {
    emitCompare(VPCMPUB, d, a, b, comparison.code());
  }

  /** Mask of the lanes where the comparison holds, signed 16-bit lanes. */
  default <V extends Vector<V>> void vpcmpw(
      MaskDestination d, V a, RegisterOrMemory<? super V> b, IntegerComparison comparison) {
    emitCompare(VPCMPW, d, a, b, comparison.code());
  }

  /** Mask of the lanes where the comparison holds, unsigned 16-bit lanes. */
  default <V extends Vector<V>> void vpcmpuw(
      MaskDestination d, V a, RegisterOrMemory<? super V> b, IntegerComparison comparison) {
    emitCompare(VPCMPUW, d, a, b, comparison.code());
  }

  /** Mask of the lanes where the comparison holds, signed 32-bit lanes. */
  default <V extends Vector<V>> void vpcmpd(
      MaskDestination d, V a, Operand<? super V> b, IntegerComparison comparison) {
    emitCompare(VPCMPD, d, a, b, comparison.code());
  }

  /** Mask of the lanes where the comparison holds, unsigned 32-bit lanes. */
  default <V extends Vector<V>> void vpcmpud(
      MaskDestination d, V a, Operand<? super V> b, IntegerComparison comparison) {
    emitCompare(VPCMPUD, d, a, b, comparison.code());
  }

  /** Mask of the lanes where the comparison holds, signed 64-bit lanes. */
  default <V extends Vector<V>> void vpcmpq(
      MaskDestination d, V a, Operand<? super V> b, IntegerComparison comparison) {
    emitCompare(VPCMPQ, d, a, b, comparison.code());
  }

  /** Mask of the lanes where the comparison holds, unsigned 64-bit lanes. */
  default <V extends Vector<V>> void vpcmpuq(
      MaskDestination d, V a, Operand<? super V> b, IntegerComparison comparison) {
    emitCompare(VPCMPUQ, d, a, b, comparison.code());
  }

  /** Mask of the 32-bit lanes where a and b is not zero. */
  default <V extends Vector<V>> void vptestmd(MaskDestination d, V a, Operand<? super V> b) {
    emitCompare(VPTESTMD, d, a, b, NO_IMMEDIATE);
  }

  /** Mask of the 32-bit lanes where a and b is zero. */
  default <V extends Vector<V>> void vptestnmd(MaskDestination d, V a, Operand<? super V> b) {
    emitCompare(VPTESTNMD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a, and b where d's mask is 1; bytes. */
  default <V extends Vector<V>> void vpblendmb(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPBLENDMB, d, a, b, NO_IMMEDIATE);
  }

  /** d = a, and b where d's mask is 1; 16-bit lanes. */
  default <V extends Vector<V>> void vpblendmw(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPBLENDMW, d, a, b, NO_IMMEDIATE);
  }

  /** d = a, and b where d's mask is 1; 32-bit lanes. */
  default <V extends Vector<V>> void vpblendmd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPBLENDMD, d, a, b, NO_IMMEDIATE);
  }

  /** d = a, and b where d's mask is 1; 64-bit lanes. */
  default <V extends Vector<V>> void vpblendmq(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPBLENDMQ, d, a, b, NO_IMMEDIATE);
  }
}
