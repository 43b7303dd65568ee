package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.zmm;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** As many BF16 dot products as the processor can do: independent chains in registers. */
final class DotPeak {
  private static final int CHAINS = 24;
  private static final Signature SIGNATURE = Signature.ofVoid(Signature.Kind.LONG);

  /** Two operations for each of the two products in each of 16 lanes. */
  private static final double FLOPS_A_STEP = 2.0 * 2 * 16 * CHAINS;

  private final MethodHandle function;

  private DotPeak(MethodHandle function) {
    this.function = function;
  }

  /** Empty where the processor or the host cannot do it. */
  static Optional<DotPeak> of(CodeLoader loader) {
    MachineCode code = assemble();
    return loader.obstacle(code.required()).isPresent()
        ? Optional.empty()
        : Optional.of(new DotPeak(loader.load(code, SIGNATURE, Arena.global())));
  }

  private static MachineCode assemble() {
    Assembler a = new Assembler();
    Zmm zero = zmm(31);
    a.vpxord(zero, zero, zero);
    for (int chain = 0; chain < CHAINS; chain++) {
      a.vpxord(zmm(chain), zmm(chain), zmm(chain));
    }
    a.align(32);
    Label loop = a.here();
    for (int chain = 0; chain < CHAINS; chain++) {
      a.vdpbf16ps(zmm(chain), zero, zero);
    }
    a.sub(SIGNATURE.general(0), 1);
    a.jnz(loop);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }

  /**
   * Runs so many steps, 1 or more.
   *
   * @return the operations that were done
   */
  double run(long steps) {
    try {
      function.invokeExact(steps);
    } catch (Throwable e) {
      throw ProductFunctions.unexpected(e);
    }
    return FLOPS_A_STEP * steps;
  }
}
