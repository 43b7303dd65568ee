package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.Quantizer.Format;
import dev.hadal.kernels.TileLoop.Lanes;

/**
 * Codes to F32, as machine code.
 *
 * @param format of the codes
 * @param columns whether the state of each column is its scale; otherwise a tile of a row has one
 */
record DequantizeCode(Format format, boolean columns) implements TileCode {
  private static final Zmm VALUE = zmm(0);
  private static final Zmm SCALE = zmm(1);

  @Override
  public MachineCode assemble() {
    Assembler a = new Assembler();
    TileSource source = TileSource.of(format);
    source.begin(a);
    return new TileLoop(source.tileBytes(), columns ? 0 : source.scaleBytes(), TileLoop.FLOATS, 0)
        .assemble(a, this::tile);
  }

  private void tile(Assembler a, Lanes lanes) {
    TileSource source = TileSource.of(format);
    if (!columns) {
      source.beginTile(a);
    }
    for (int i = 0; i < lanes.vectors(); i++) {
      if (columns) {
        source.loadCodes(a, lanes, i, VALUE, zmm(2));
        a.vmovups(lanes.of(SCALE, i), TileCode.state(i));
        a.vmulps(VALUE, VALUE, SCALE);
      } else {
        source.load(a, lanes, i, VALUE, zmm(2));
      }
      Address to = mem(TileLoop.TARGET, TileLoop.VECTOR * i);
      a.vmovups(lanes.of(to, i), VALUE);
    }
  }
}
