package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.zmm;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.Quantizer.Format;
import dev.hadal.kernels.TileLoop.Lanes;

/**
 * Rows to codes, as machine code; the state of each column is its scale.
 *
 * @param source where values come from
 * @param format of the codes
 */
record QuantizeColumnsCode(TileSource source, Format format) implements TileCode {
  private static final Zmm VALUE = zmm(0);
  private static final Zmm SCALE = zmm(1);

  @Override
  public MachineCode assemble() {
    Assembler a = new Assembler();
    source.begin(a);
    CodeSteps.loadEncoding(a, format);
    int target = TileCode.bytes(format) * Matrix.Tiled.GROUP;
    return new TileLoop(source.tileBytes(), source.scaleBytes(), target, 0).assemble(a, this::tile);
  }

  private void tile(Assembler a, Lanes lanes) {
    source.beginTile(a);
    for (int i = 0; i < lanes.vectors(); i++) {
      source.load(a, lanes, i, VALUE, zmm(2));
      a.vmovups(lanes.of(SCALE, i), TileCode.state(i));
      a.vdivps(VALUE, VALUE, SCALE);
      CodeSteps.encode(a, format, zmm(3), VALUE, zmm(4), zmm(5));
      TileCode.storeCodes(a, lanes, format, i, zmm(3));
    }
  }
}
