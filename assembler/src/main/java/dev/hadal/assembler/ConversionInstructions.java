package dev.hadal.assembler;

import static dev.hadal.assembler.Instruction.VCVTDQ2PD;
import static dev.hadal.assembler.Instruction.VCVTDQ2PS;
import static dev.hadal.assembler.Instruction.VCVTNE2PS2BF16;
import static dev.hadal.assembler.Instruction.VCVTNEPS2BF16;
import static dev.hadal.assembler.Instruction.VCVTPD2PS;
import static dev.hadal.assembler.Instruction.VCVTPD2QQ;
import static dev.hadal.assembler.Instruction.VCVTPH2PS;
import static dev.hadal.assembler.Instruction.VCVTPS2DQ;
import static dev.hadal.assembler.Instruction.VCVTPS2PD;
import static dev.hadal.assembler.Instruction.VCVTPS2PH;
import static dev.hadal.assembler.Instruction.VCVTPS2QQ;
import static dev.hadal.assembler.Instruction.VCVTQQ2PD;
import static dev.hadal.assembler.Instruction.VCVTQQ2PS;
import static dev.hadal.assembler.Instruction.VCVTTPS2DQ;
import static dev.hadal.assembler.Instruction.VCVTTPS2QQ;
import static dev.hadal.assembler.Instruction.VCVTUDQ2PS;
import static dev.hadal.assembler.Instruction.VPMOVDB;
import static dev.hadal.assembler.Instruction.VPMOVDW;
import static dev.hadal.assembler.Instruction.VPMOVQD;
import static dev.hadal.assembler.Instruction.VPMOVSDB;
import static dev.hadal.assembler.Instruction.VPMOVSDW;
import static dev.hadal.assembler.Instruction.VPMOVSXBD;
import static dev.hadal.assembler.Instruction.VPMOVSXBW;
import static dev.hadal.assembler.Instruction.VPMOVSXDQ;
import static dev.hadal.assembler.Instruction.VPMOVSXWD;
import static dev.hadal.assembler.Instruction.VPMOVUSDB;
import static dev.hadal.assembler.Instruction.VPMOVUSDW;
import static dev.hadal.assembler.Instruction.VPMOVWB;
import static dev.hadal.assembler.Instruction.VPMOVZXBD;
import static dev.hadal.assembler.Instruction.VPMOVZXBW;
import static dev.hadal.assembler.Instruction.VPMOVZXDQ;
import static dev.hadal.assembler.Instruction.VPMOVZXWD;
import static dev.hadal.assembler.VectorEmitter.requireByte;
import static dev.hadal.assembler.VectorOperands.NO_IMMEDIATE;

/** Conversions between number formats and lane widths. */
sealed interface ConversionInstructions extends VectorEmitter permits Assembler {
  /** FP32 from signed 32-bit integers. */
  default <V extends Vector<V>> void vcvtdq2ps(Destination<V> d, Operand<? super V> a) {
    emit(VCVTDQ2PS, d, a, NO_IMMEDIATE);
  }

  /** FP32 from unsigned 32-bit integers. */
  default <V extends Vector<V>> void vcvtudq2ps(Destination<V> d, Operand<? super V> a) {
    emit(VCVTUDQ2PS, d, a, NO_IMMEDIATE);
  }

  /** Signed 32-bit integers from FP32, nearest even; 0x80000000 where none fits. */
  default <V extends Vector<V>> void vcvtps2dq(Destination<V> d, Operand<? super V> a) {
    emit(VCVTPS2DQ, d, a, NO_IMMEDIATE);
  }

  /** Signed 32-bit integers from FP32, towards zero; 0x80000000 where none fits. */
  default <V extends Vector<V>> void vcvttps2dq(Destination<V> d, Operand<? super V> a) {
    emit(VCVTTPS2DQ, d, a, NO_IMMEDIATE);
  }

  /** FP64 from FP32. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vcvtps2pd(
      Destination<V> d, Operand<? super H> a) {
    emit(VCVTPS2PD, d, a, NO_IMMEDIATE);
  }

  /** FP64 from signed 32-bit integers. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vcvtdq2pd(
      Destination<V> d, Operand<? super H> a) {
    emit(VCVTDQ2PD, d, a, NO_IMMEDIATE);
  }

  /** Signed 64-bit integers from FP32, nearest even; 2^63 where none fits. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vcvtps2qq(
      Destination<V> d, Operand<? super H> a) {
    emit(VCVTPS2QQ, d, a, NO_IMMEDIATE);
  }

  /** Signed 64-bit integers from FP32, towards zero; 2^63 where none fits. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vcvttps2qq(
      Destination<V> d, Operand<? super H> a) {
    emit(VCVTTPS2QQ, d, a, NO_IMMEDIATE);
  }

  /** Signed 64-bit integers from FP64, nearest even; 2^63 where none fits. */
  default <V extends Vector<V>> void vcvtpd2qq(Destination<V> d, Operand<? super V> a) {
    emit(VCVTPD2QQ, d, a, NO_IMMEDIATE);
  }

  /** FP64 from signed 64-bit integers. */
  default <V extends Vector<V>> void vcvtqq2pd(Destination<V> d, Operand<? super V> a) {
    emit(VCVTQQ2PD, d, a, NO_IMMEDIATE);
  }

  /** FP32 from FP64. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vcvtpd2ps(
      Destination<H> d, V a) {
    emitNarrowing(VCVTPD2PS, d, a);
  }

  /** FP32 from signed 64-bit integers. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vcvtqq2ps(
      Destination<H> d, V a) {
    emitNarrowing(VCVTQQ2PS, d, a);
  }

  /** BF16 from FP32, nearest even; subnormal numbers become zero. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vcvtneps2bf16(
      Destination<H> d, V a) {
    emitNarrowing(VCVTNEPS2BF16, d, a);
  }

  /** BF16 from the FP32 of b in the lower half and of a in the upper one. */
  default <V extends Vector<V>> void vcvtne2ps2bf16(Destination<V> d, V a, Operand<? super V> b) {
    emit(VCVTNE2PS2BF16, d, a, b, NO_IMMEDIATE);
  }

  /** FP32 from binary16. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vcvtph2ps(
      Destination<V> d, RegisterOrMemory<? super H> a) {
    emit(VCVTPH2PS, d, a, NO_IMMEDIATE);
  }

  /** Binary16 from FP32; immediate 0: nearest even. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vcvtps2ph(
      Destination<H> d, V s, int immediate) {
    emitStore(VCVTPS2PH, d, s, requireByte(immediate));
  }

  /** Binary16 from FP32; immediate 0: nearest even. */
  default <V extends Vector<V>> void vcvtps2ph(MemoryDestination d, V s, int immediate) {
    emitStore(VCVTPS2PH, d, s, requireByte(immediate));
  }

  /** 16-bit lanes from unsigned bytes. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovzxbw(
      Destination<V> d, RegisterOrMemory<? super H> a) {
    emit(VPMOVZXBW, d, a, NO_IMMEDIATE);
  }

  /** 32-bit lanes from unsigned 16-bit numbers. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovzxwd(
      Destination<V> d, RegisterOrMemory<? super H> a) {
    emit(VPMOVZXWD, d, a, NO_IMMEDIATE);
  }

  /** 64-bit lanes from unsigned 32-bit numbers. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovzxdq(
      Destination<V> d, RegisterOrMemory<? super H> a) {
    emit(VPMOVZXDQ, d, a, NO_IMMEDIATE);
  }

  /** 32-bit lanes from unsigned bytes. */
  default <V extends Vector<V>> void vpmovzxbd(Destination<V> d, RegisterOrMemory<? super Xmm> a) {
    emit(VPMOVZXBD, d, a, NO_IMMEDIATE);
  }

  /** 16-bit lanes from signed bytes. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovsxbw(
      Destination<V> d, RegisterOrMemory<? super H> a) {
    emit(VPMOVSXBW, d, a, NO_IMMEDIATE);
  }

  /** 32-bit lanes from signed 16-bit numbers. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovsxwd(
      Destination<V> d, RegisterOrMemory<? super H> a) {
    emit(VPMOVSXWD, d, a, NO_IMMEDIATE);
  }

  /** 64-bit lanes from signed 32-bit numbers. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovsxdq(
      Destination<V> d, RegisterOrMemory<? super H> a) {
    emit(VPMOVSXDQ, d, a, NO_IMMEDIATE);
  }

  /** 32-bit lanes from signed bytes. */
  default <V extends Vector<V>> void vpmovsxbd(Destination<V> d, RegisterOrMemory<? super Xmm> a) {
    emit(VPMOVSXBD, d, a, NO_IMMEDIATE);
  }

  /** The lower bytes of 16-bit lanes. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovwb(
      Destination<H> d, V s) {
    emitStore(VPMOVWB, d, s, NO_IMMEDIATE);
  }

  /** The lower bytes of 16-bit lanes. */
  default <V extends Vector<V>> void vpmovwb(MemoryDestination d, V s) {
    emitStore(VPMOVWB, d, s, NO_IMMEDIATE);
  }

  /** The lower halves of 32-bit lanes. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovdw(
      Destination<H> d, V s) {
    emitStore(VPMOVDW, d, s, NO_IMMEDIATE);
  }

  /** The lower halves of 32-bit lanes. */
  default <V extends Vector<V>> void vpmovdw(MemoryDestination d, V s) {
    emitStore(VPMOVDW, d, s, NO_IMMEDIATE);
  }

  /** 16-bit numbers from signed 32-bit ones, saturating. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovsdw(
      Destination<H> d, V s) {
    emitStore(VPMOVSDW, d, s, NO_IMMEDIATE);
  }

  /** 16-bit numbers from signed 32-bit ones, saturating. */
  default <V extends Vector<V>> void vpmovsdw(MemoryDestination d, V s) {
    emitStore(VPMOVSDW, d, s, NO_IMMEDIATE);
  }

  /** Unsigned 16-bit numbers from unsigned 32-bit ones, saturating. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovusdw(
      Destination<H> d, V s) {
    emitStore(VPMOVUSDW, d, s, NO_IMMEDIATE);
  }

  /** Unsigned 16-bit numbers from unsigned 32-bit ones, saturating. */
  default <V extends Vector<V>> void vpmovusdw(MemoryDestination d, V s) {
    emitStore(VPMOVUSDW, d, s, NO_IMMEDIATE);
  }

  /** The lower halves of 64-bit lanes. */
  default <H extends Vector<H>, V extends Vector<V> & Halved<H>> void vpmovqd(
      Destination<H> d, V s) {
    emitStore(VPMOVQD, d, s, NO_IMMEDIATE);
  }

  /** The lower halves of 64-bit lanes. */
  default <V extends Vector<V>> void vpmovqd(MemoryDestination d, V s) {
    emitStore(VPMOVQD, d, s, NO_IMMEDIATE);
  }

  /** The lowest bytes of 32-bit lanes. */
  default <V extends Vector<V>> void vpmovdb(Destination<Xmm> d, V s) {
    emitStore(VPMOVDB, d, s, NO_IMMEDIATE);
  }

  /** The lowest bytes of 32-bit lanes. */
  default <V extends Vector<V>> void vpmovdb(MemoryDestination d, V s) {
    emitStore(VPMOVDB, d, s, NO_IMMEDIATE);
  }

  /** Signed bytes from signed 32-bit numbers, saturating. */
  default <V extends Vector<V>> void vpmovsdb(Destination<Xmm> d, V s) {
    emitStore(VPMOVSDB, d, s, NO_IMMEDIATE);
  }

  /** Signed bytes from signed 32-bit numbers, saturating. */
  default <V extends Vector<V>> void vpmovsdb(MemoryDestination d, V s) {
    emitStore(VPMOVSDB, d, s, NO_IMMEDIATE);
  }

  /** Unsigned bytes from unsigned 32-bit numbers, saturating. */
  default <V extends Vector<V>> void vpmovusdb(Destination<Xmm> d, V s) {
    emitStore(VPMOVUSDB, d, s, NO_IMMEDIATE);
  }

  /** Unsigned bytes from unsigned 32-bit numbers, saturating. */
  default <V extends Vector<V>> void vpmovusdb(MemoryDestination d, V s) {
    emitStore(VPMOVUSDB, d, s, NO_IMMEDIATE);
  }
}
