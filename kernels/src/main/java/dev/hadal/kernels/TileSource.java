package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.Quantizer.Format;
import dev.hadal.kernels.TileLoop.Lanes;

/** Where the machine code of a quantization takes its values from. */
enum TileSource {
  /** F32. */
  FLOATS(4, false),
  /** F32, rounded to BF16 as it is read. */
  ROUNDED(4, false),
  /** E4M3 codes with a scale for each tile of 128 columns of a row. */
  E4M3(1, true),
  /** E5M6 codes with such scales. */
  E5M6(2, true);

  /** The scale of the tile. */
  private static final Zmm SCALE = zmm(15);

  private final int bytes;
  private final boolean scaled;

  TileSource(int bytes, boolean scaled) {
    this.bytes = bytes;
    this.scaled = scaled;
  }

  /** Codes of a format. */
  static TileSource of(Format format) {
    return switch (format) {
      case E4M3 -> E4M3;
      case E5M6 -> E5M6;
    };
  }

  /** Bytes of an element. */
  int bytes() {
    return bytes;
  }

  /** Bytes of a tile's elements. */
  int tileBytes() {
    return bytes * Matrix.Tiled.GROUP;
  }

  /** Bytes of a tile's scales. */
  int scaleBytes() {
    return scaled ? TileLoop.SCALE : 0;
  }

  /** Constants. */
  void begin(Assembler a) {
    switch (this) {
      case FLOATS -> {}
      case ROUNDED -> CodeSteps.ROUNDING.constants(a);
      case E4M3 -> CodeSteps.loadDecoding(a, Format.E4M3);
      case E5M6 -> CodeSteps.loadDecoding(a, Format.E5M6);
    }
  }

  /** What all vectors of a tile share. */
  void beginTile(Assembler a) {
    if (scaled) {
      a.vbroadcastss(SCALE, mem(TileLoop.SOURCE_SCALES));
    }
  }

  /** d = the values of a vector of the tile; zero where there are none. */
  void load(Assembler a, Lanes lanes, int vector, Zmm d, Zmm scratch) {
    switch (this) {
      case FLOATS -> a.vmovups(lanes.of(d, vector), from(vector));
      case ROUNDED -> {
        a.vmovups(lanes.of(scratch, vector), from(vector));
        CodeSteps.ROUNDING.round(a, d, scratch);
      }
      case E4M3, E5M6 -> {
        loadCodes(a, lanes, vector, d, scratch);
        // Under the mask again: zero times an infinite scale would be NaN.
        a.vmulps(lanes.of(d, vector), d, SCALE);
      }
    }
  }

  /** d = the values of a vector of codes, not yet scaled. */
  void loadCodes(Assembler a, Lanes lanes, int vector, Zmm d, Zmm scratch) {
    if (this == E4M3) {
      a.vpmovsxbd(lanes.of(d, vector), from(vector));
      CodeSteps.decode(a, Format.E4M3, d, scratch);
    } else {
      a.vpmovsxwd(lanes.of(d, vector), from(vector));
      CodeSteps.decode(a, Format.E5M6, d, scratch);
    }
  }

  private Address from(int vector) {
    return mem(TileLoop.SOURCE, bytes * TileLoop.LANES * vector);
  }
}
