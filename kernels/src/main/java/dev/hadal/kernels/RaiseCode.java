package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.zmm;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.TileLoop.Lanes;

/**
 * Raises the state of each column to the largest magnitude of some rows, as machine code; both as
 * bits.
 *
 * @param source where values come from
 */
record RaiseCode(TileSource source) implements TileCode {
  @Override
  public MachineCode assemble() {
    Assembler a = new Assembler();
    source.begin(a);
    CodeSteps.loadEncoding(a, Quantizer.Format.E4M3);
    return new TileLoop(source.tileBytes(), source.scaleBytes(), 0, 0).assemble(a, this::tile);
  }

  private void tile(Assembler a, Lanes lanes) {
    source.beginTile(a);
    for (int i = 0; i < lanes.vectors(); i++) {
      Zmm value = zmm(i);
      source.load(a, lanes, i, value, zmm(8));
      CodeSteps.magnitude(a, value, value);
      TileCode.raiseState(a, lanes, i, value, value);
    }
  }
}
