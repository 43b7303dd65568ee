package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.ymm;
import static dev.hadal.assembler.Operands.zmm;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.TileLoop.Lanes;

/**
 * Conversions between F32 and BF16 as machine code. Rounding is integer arithmetic: {@code
 * vcvtneps2bf16} would take subnormal numbers as zero, and not every processor has it.
 *
 * @param conversion what becomes what
 */
record BFloat16Code(BFloat16Code.Conversion conversion) implements TileCode {
  private static final Zmm VALUE = zmm(0);
  private static final Zmm ROUNDED = zmm(1);

  /** What becomes what. */
  enum Conversion {
    /** F32 to operands of products, {@link Quantizer#toBFloat16}. */
    TO_OPERANDS,
    /** F32 to F32 that BF16 holds. */
    ROUND,
    /** BF16 to F32. */
    TO_FLOATS
  }

  @Override
  public MachineCode assemble() {
    Assembler a = new Assembler();
    CodeSteps.ROUNDING.constants(a);
    CodeSteps.loadFlush(a);
    int half = TileLoop.FLOATS / 2;
    int source = conversion == Conversion.TO_FLOATS ? half : TileLoop.FLOATS;
    int target = conversion == Conversion.TO_OPERANDS ? half : TileLoop.FLOATS;
    return new TileLoop(source, 0, target, 0).assemble(a, this::tile);
  }

  private void tile(Assembler a, Lanes lanes) {
    for (int i = 0; i < lanes.vectors(); i++) {
      switch (conversion) {
        case TO_OPERANDS -> {
          a.vmovups(lanes.of(VALUE, i), mem(TileLoop.SOURCE, TileLoop.VECTOR * i));
          CodeSteps.ROUNDING.round(a, ROUNDED, VALUE);
          CodeSteps.flush(a, ROUNDED, VALUE);
          a.vpsrld(ROUNDED, ROUNDED, 16);
          Address to = mem(TileLoop.TARGET, TileLoop.VECTOR / 2 * i);
          a.vpmovdw(ymm(ROUNDED.number()), ROUNDED);
          a.vmovdqu16(lanes.of(to, i), ymm(ROUNDED.number()));
        }
        case ROUND -> {
          a.vmovups(lanes.of(VALUE, i), mem(TileLoop.SOURCE, TileLoop.VECTOR * i));
          CodeSteps.ROUNDING.round(a, ROUNDED, VALUE);
          a.vmovups(lanes.of(mem(TileLoop.TARGET, TileLoop.VECTOR * i), i), ROUNDED);
        }
        case TO_FLOATS -> {
          a.vpmovzxwd(lanes.of(VALUE, i), mem(TileLoop.SOURCE, TileLoop.VECTOR / 2 * i));
          a.vpslld(VALUE, VALUE, 16);
          a.vmovups(lanes.of(mem(TileLoop.TARGET, TileLoop.VECTOR * i), i), VALUE);
        }
      }
    }
  }
}
