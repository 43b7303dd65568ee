package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.xmm;
import static dev.hadal.assembler.Operands.ymm;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.Quantizer.Format;
import dev.hadal.kernels.TileLoop.Lanes;

/** Machine code that works on the tiles of a {@link TileLoop}; equal records are the same code. */
sealed interface TileCode
    permits QuantizeRowsCode,
        RaiseCode,
        ScaleCode,
        QuantizeColumnsCode,
        DequantizeCode,
        BFloat16Code {
  /** The code. */
  MachineCode assemble();

  /** Bytes of a code. */
  static int bytes(Format format) {
    return switch (format) {
      case E4M3 -> 1;
      case E5M6 -> 2;
    };
  }

  /** The state of a vector of columns. */
  static Address state(int vector) {
    return mem(TileLoop.STATE, TileLoop.VECTOR * vector);
  }

  /** Raises the state of a vector of columns to magnitudes, both as bits. */
  static void raiseState(Assembler a, Lanes lanes, int vector, Zmm magnitudes, Zmm scratch) {
    a.vpmaxsd(lanes.of(scratch, vector), magnitudes, state(vector));
    a.vmovdqu32(lanes.of(state(vector), vector), scratch);
  }

  /** Stores a vector of codes, which are lost; straight to memory would be slower. */
  static void storeCodes(Assembler a, Lanes lanes, Format format, int vector, Zmm codes) {
    Address to = mem(TileLoop.TARGET, bytes(format) * TileLoop.LANES * vector);
    switch (format) {
      case E4M3 -> {
        a.vpmovdb(xmm(codes.number()), codes);
        a.vmovdqu8(lanes.of(to, vector), xmm(codes.number()));
      }
      case E5M6 -> {
        a.vpmovdw(ymm(codes.number()), codes);
        a.vmovdqu16(lanes.of(to, vector), ymm(codes.number()));
      }
    }
  }
}
