package dev.hadal.assembler;

import static dev.hadal.assembler.Instruction.VBROADCASTF32X4;
import static dev.hadal.assembler.Instruction.VBROADCASTF64X4;
import static dev.hadal.assembler.Instruction.VBROADCASTSD;
import static dev.hadal.assembler.Instruction.VBROADCASTSS;
import static dev.hadal.assembler.Instruction.VGATHERDPS;
import static dev.hadal.assembler.Instruction.VMOVAPS;
import static dev.hadal.assembler.Instruction.VMOVAPS_STORE;
import static dev.hadal.assembler.Instruction.VMOVD;
import static dev.hadal.assembler.Instruction.VMOVDQU16;
import static dev.hadal.assembler.Instruction.VMOVDQU16_STORE;
import static dev.hadal.assembler.Instruction.VMOVDQU32;
import static dev.hadal.assembler.Instruction.VMOVDQU32_STORE;
import static dev.hadal.assembler.Instruction.VMOVDQU64;
import static dev.hadal.assembler.Instruction.VMOVDQU64_STORE;
import static dev.hadal.assembler.Instruction.VMOVDQU8;
import static dev.hadal.assembler.Instruction.VMOVDQU8_STORE;
import static dev.hadal.assembler.Instruction.VMOVD_STORE;
import static dev.hadal.assembler.Instruction.VMOVNTPS;
import static dev.hadal.assembler.Instruction.VMOVQ;
import static dev.hadal.assembler.Instruction.VMOVQ_STORE;
import static dev.hadal.assembler.Instruction.VMOVSS;
import static dev.hadal.assembler.Instruction.VMOVSS_STORE;
import static dev.hadal.assembler.Instruction.VMOVUPS;
import static dev.hadal.assembler.Instruction.VMOVUPS_STORE;
import static dev.hadal.assembler.Instruction.VPBROADCASTB;
import static dev.hadal.assembler.Instruction.VPBROADCASTB_GENERAL;
import static dev.hadal.assembler.Instruction.VPBROADCASTD;
import static dev.hadal.assembler.Instruction.VPBROADCASTD_GENERAL;
import static dev.hadal.assembler.Instruction.VPBROADCASTQ;
import static dev.hadal.assembler.Instruction.VPBROADCASTQ_GENERAL;
import static dev.hadal.assembler.Instruction.VPBROADCASTW;
import static dev.hadal.assembler.Instruction.VPBROADCASTW_GENERAL;
import static dev.hadal.assembler.Instruction.VPGATHERDD;
import static dev.hadal.assembler.VectorOperands.NO_IMMEDIATE;

/** Loads, stores, broadcasts and gathers. */
sealed interface MoveInstructions extends VectorEmitter permits Assembler {
  /** d = s, FP32 lanes, at any address. */
  default <V extends Vector<V>> void vmovups(Destination<V> d, RegisterOrMemory<? super V> s) {
    emit(VMOVUPS, d, s, NO_IMMEDIATE);
  }

  /** Stores s. */
  default <V extends Vector<V>> void vmovups(MemoryDestination d, V s) {
    emitStore(VMOVUPS_STORE, d, s, NO_IMMEDIATE);
  }

  /** d = s, FP32 lanes, at a multiple of the vector's bytes. */
  default <V extends Vector<V>> void vmovaps(Destination<V> d, RegisterOrMemory<? super V> s) {
    emit(VMOVAPS, d, s, NO_IMMEDIATE);
  }

  /** Stores s. */
  default <V extends Vector<V>> void vmovaps(MemoryDestination d, V s) {
    emitStore(VMOVAPS_STORE, d, s, NO_IMMEDIATE);
  }

  /** d = s, bytes. */
  default <V extends Vector<V>> void vmovdqu8(Destination<V> d, RegisterOrMemory<? super V> s) {
    emit(VMOVDQU8, d, s, NO_IMMEDIATE);
  }

  /** Stores s. */
  default <V extends Vector<V>> void vmovdqu8(MemoryDestination d, V s) {
    emitStore(VMOVDQU8_STORE, d, s, NO_IMMEDIATE);
  }

  /** d = s, 16-bit lanes. */
  default <V extends Vector<V>> void vmovdqu16(Destination<V> d, RegisterOrMemory<? super V> s) {
    emit(VMOVDQU16, d, s, NO_IMMEDIATE);
  }

  /** Stores s. */
  default <V extends Vector<V>> void vmovdqu16(MemoryDestination d, V s) {
    emitStore(VMOVDQU16_STORE, d, s, NO_IMMEDIATE);
  }

  /** d = s, 32-bit lanes. */
  default <V extends Vector<V>> void vmovdqu32(Destination<V> d, RegisterOrMemory<? super V> s) {
    emit(VMOVDQU32, d, s, NO_IMMEDIATE);
  }

  /** Stores s. */
  default <V extends Vector<V>> void vmovdqu32(MemoryDestination d, V s) {
    emitStore(VMOVDQU32_STORE, d, s, NO_IMMEDIATE);
  }

  /** d = s, 64-bit lanes. */
  default <V extends Vector<V>> void vmovdqu64(Destination<V> d, RegisterOrMemory<? super V> s) {
    emit(VMOVDQU64, d, s, NO_IMMEDIATE);
  }

  /** Stores s. */
  default <V extends Vector<V>> void vmovdqu64(MemoryDestination d, V s) {
    emitStore(VMOVDQU64_STORE, d, s, NO_IMMEDIATE);
  }

  /** Stores around the caches, at a multiple of the vector's bytes. */
  default <V extends Vector<V>> void vmovntps(Memory d, V s) {
    emitStore(VMOVNTPS, d, s, NO_IMMEDIATE);
  }

  /** All lanes = the lowest FP32 of s. */
  default <V extends Vector<V>> void vbroadcastss(
      Destination<V> d, RegisterOrMemory<? super Xmm> s) {
    emit(VBROADCASTSS, d, s, NO_IMMEDIATE);
  }

  /** All lanes = the lowest FP64 of s. */
  default <V extends Vector<V> & Wide> void vbroadcastsd(
      Destination<V> d, RegisterOrMemory<? super Xmm> s) {
    emit(VBROADCASTSD, d, s, NO_IMMEDIATE);
  }

  /** All lanes = the lowest byte of s. */
  default <V extends Vector<V>> void vpbroadcastb(
      Destination<V> d, RegisterOrMemory<? super Xmm> s) {
    emit(VPBROADCASTB, d, s, NO_IMMEDIATE);
  }

  /** All lanes = the lowest 16 bits of s. */
  default <V extends Vector<V>> void vpbroadcastw(
      Destination<V> d, RegisterOrMemory<? super Xmm> s) {
    emit(VPBROADCASTW, d, s, NO_IMMEDIATE);
  }

  /** All lanes = the lowest 32 bits of s. */
  default <V extends Vector<V>> void vpbroadcastd(
      Destination<V> d, RegisterOrMemory<? super Xmm> s) {
    emit(VPBROADCASTD, d, s, NO_IMMEDIATE);
  }

  /** All lanes = the lowest 64 bits of s. */
  default <V extends Vector<V>> void vpbroadcastq(
      Destination<V> d, RegisterOrMemory<? super Xmm> s) {
    emit(VPBROADCASTQ, d, s, NO_IMMEDIATE);
  }

  /** All lanes = the lowest byte of a general register. */
  default <V extends Vector<V>> void vpbroadcastb(Destination<V> d, Register32 s) {
    emitGeneral(VPBROADCASTB_GENERAL, d, s);
  }

  /** All lanes = the lowest 16 bits of a general register. */
  default <V extends Vector<V>> void vpbroadcastw(Destination<V> d, Register32 s) {
    emitGeneral(VPBROADCASTW_GENERAL, d, s);
  }

  /** All lanes = a general register. */
  default <V extends Vector<V>> void vpbroadcastd(Destination<V> d, Register32 s) {
    emitGeneral(VPBROADCASTD_GENERAL, d, s);
  }

  /** All lanes = a general register. */
  default <V extends Vector<V>> void vpbroadcastq(Destination<V> d, Register64 s) {
    emitGeneral(VPBROADCASTQ_GENERAL, d, s);
  }

  /** All 128-bit blocks = 128 bits of memory. */
  default <V extends Vector<V> & Wide> void vbroadcastf32x4(Destination<V> d, Memory s) {
    emit(VBROADCASTF32X4, d, s, NO_IMMEDIATE);
  }

  /** Both halves = 256 bits of memory. */
  default void vbroadcastf64x4(Destination<Zmm> d, Memory s) {
    emit(VBROADCASTF64X4, d, s, NO_IMMEDIATE);
  }

  /** d = 32 bits from each lane's address, where the mask is 1; the mask ends as 0. */
  default <V extends Vector<V>> void vpgatherdd(V d, WriteMask mask, VectorAddress<V> s) {
    emitGather(VPGATHERDD, d, mask, s);
  }

  /** d = FP32 from each lane's address, where the mask is 1; the mask ends as 0. */
  default <V extends Vector<V>> void vgatherdps(V d, WriteMask mask, VectorAddress<V> s) {
    emitGather(VGATHERDPS, d, mask, s);
  }

  /** The lowest lane = FP32 of memory, the rest zero. */
  default void vmovss(Xmm d, Memory s) {
    emit(VMOVSS, d, s, NO_IMMEDIATE);
  }

  /** Stores the lowest lane. */
  default void vmovss(Memory d, Xmm s) {
    emitStore(VMOVSS_STORE, d, s, NO_IMMEDIATE);
  }

  /** The lowest lane = a general register, the rest zero. */
  default void vmovd(Xmm d, Register32 s) {
    emitGeneral(VMOVD, d, s);
  }

  /** A general register = the lowest lane. */
  default void vmovd(Register32 d, Xmm s) {
    emitToGeneral(VMOVD_STORE, d, s);
  }

  /** The lower half = a general register, the rest zero. */
  default void vmovq(Xmm d, Register64 s) {
    emitGeneral(VMOVQ, d, s);
  }

  /** A general register = the lower half. */
  default void vmovq(Register64 d, Xmm s) {
    emitToGeneral(VMOVQ_STORE, d, s);
  }
}
