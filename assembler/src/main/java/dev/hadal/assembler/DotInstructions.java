package dev.hadal.assembler;

import static dev.hadal.assembler.Instruction.VDPBF16PS;
import static dev.hadal.assembler.Instruction.VPDPBUSD;
import static dev.hadal.assembler.Instruction.VPDPBUSDS;
import static dev.hadal.assembler.Instruction.VPDPWSSD;
import static dev.hadal.assembler.Instruction.VPMADDUBSW;
import static dev.hadal.assembler.Instruction.VPMADDWD;
import static dev.hadal.assembler.VectorOperands.NO_IMMEDIATE;

/** Dot products within lanes: the instructions that matrix products live on. */
sealed interface DotInstructions extends VectorEmitter permits Assembler {
  /**
   * FP32 d += a's two BF16 times b's, odd element first, each step rounded once, subnormal numbers
   * as zero.
   */
  default <V extends Vector<V>> void vdpbf16ps(Destination<V> d, V a, Operand<? super V> b) {
    emit(VDPBF16PS, d, a, b, NO_IMMEDIATE);
  }

  /** 32-bit d += a's four unsigned bytes times b's four signed ones. */
  default <V extends Vector<V>> void vpdpbusd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPDPBUSD, d, a, b, NO_IMMEDIATE);
  }

  /** The same, saturating. */
  default <V extends Vector<V>> void vpdpbusds(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPDPBUSDS, d, a, b, NO_IMMEDIATE);
  }

  /** 32-bit d += a's two signed 16-bit numbers times b's. */
  default <V extends Vector<V>> void vpdpwssd(Destination<V> d, V a, Operand<? super V> b) {
    emit(VPDPWSSD, d, a, b, NO_IMMEDIATE);
  }

  /** 32-bit d = a's two signed 16-bit numbers times b's. */
  default <V extends Vector<V>> void vpmaddwd(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPMADDWD, d, a, b, NO_IMMEDIATE);
  }

  /** 16-bit d = a's two unsigned bytes times b's signed ones, saturating. */
  default <V extends Vector<V>> void vpmaddubsw(
      Destination<V> d, V a, RegisterOrMemory<? super V> b) {
    emit(VPMADDUBSW, d, a, b, NO_IMMEDIATE);
  }
}
