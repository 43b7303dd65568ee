package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.xmm;
import static dev.hadal.assembler.Operands.zmm;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.Quantizer.Format;
import dev.hadal.kernels.Quantizer.Scale;
import dev.hadal.kernels.TileLoop.Lanes;

/**
 * Tiles of 1 x 128 to codes and scales, as machine code. A tile stays in eight registers from the
 * search for its largest magnitude to its last code.
 *
 * @param source where values come from
 * @param format of the codes
 * @param scale how a scale is made
 * @param raising whether the state of each column is raised to the magnitudes, for tiles of columns
 */
record QuantizeRowsCode(TileSource source, Format format, Scale scale, boolean raising)
    implements TileCode {
  private static final Zmm LARGEST = zmm(8);
  private static final Zmm SCRATCH = zmm(9);

  @Override
  public MachineCode assemble() {
    Assembler a = new Assembler();
    source.begin(a);
    CodeSteps.loadEncoding(a, format);
    int target = TileCode.bytes(format) * Matrix.Tiled.GROUP;
    return new TileLoop(source.tileBytes(), source.scaleBytes(), target, TileLoop.SCALE)
        .assemble(a, this::tile);
  }

  private void tile(Assembler a, Lanes lanes) {
    source.beginTile(a);
    for (int i = 0; i < lanes.vectors(); i++) {
      Zmm magnitude = i == 0 ? LARGEST : SCRATCH;
      source.load(a, lanes, i, zmm(i), SCRATCH);
      CodeSteps.magnitude(a, magnitude, zmm(i));
      if (raising) {
        TileCode.raiseState(a, lanes, i, magnitude, zmm(10));
      }
      if (i > 0) {
        a.vpmaxsd(LARGEST, LARGEST, SCRATCH);
      }
    }
    CodeSteps.largest(a, LARGEST, SCRATCH);
    CodeSteps.scale(a, scale, LARGEST, SCRATCH);
    a.vmovss(mem(TileLoop.TARGET_SCALES), xmm(LARGEST.number()));
    for (int i = 0; i < lanes.vectors(); i++) {
      a.vdivps(SCRATCH, zmm(i), LARGEST);
      CodeSteps.encode(a, format, zmm(10), SCRATCH, zmm(11), zmm(12));
      TileCode.storeCodes(a, lanes, format, i, zmm(10));
    }
  }
}
