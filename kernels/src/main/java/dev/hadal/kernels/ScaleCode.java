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
 * The state of each column, bits of a largest magnitude, becomes the scale, as machine code.
 *
 * @param format of the codes
 * @param scale how a scale is made
 * @param blocks whether 128 columns share one, which is stored besides
 */
record ScaleCode(Format format, Scale scale, boolean blocks) implements TileCode {
  private static final Zmm LARGEST = zmm(8);
  private static final Zmm SCRATCH = zmm(9);

  @Override
  public MachineCode assemble() {
    Assembler a = new Assembler();
    CodeSteps.loadEncoding(a, format);
    return new TileLoop(0, 0, 0, TileLoop.SCALE).assemble(a, blocks ? this::block : this::columns);
  }

  private void columns(Assembler a, Lanes lanes) {
    for (int i = 0; i < lanes.vectors(); i++) {
      a.vmovdqu32(lanes.of(zmm(i), i), TileCode.state(i));
      CodeSteps.scale(a, scale, zmm(i), SCRATCH);
      a.vmovdqu32(lanes.of(TileCode.state(i), i), zmm(i));
    }
  }

  private void block(Assembler a, Lanes lanes) {
    for (int i = 0; i < lanes.vectors(); i++) {
      Zmm state = i == 0 ? LARGEST : SCRATCH;
      a.vmovdqu32(lanes.of(state, i), TileCode.state(i));
      if (i > 0) {
        a.vpmaxsd(LARGEST, LARGEST, SCRATCH);
      }
    }
    CodeSteps.largest(a, LARGEST, SCRATCH);
    CodeSteps.scale(a, scale, LARGEST, SCRATCH);
    a.vmovss(mem(TileLoop.TARGET_SCALES), xmm(LARGEST.number()));
    for (int i = 0; i < lanes.vectors(); i++) {
      a.vmovdqu32(lanes.of(TileCode.state(i), i), LARGEST);
    }
  }
}
