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

/**
 * As many multiplications of a kind of product as the processor can do: independent chains in
 * registers, fused multiply-adds of FP32 or dot products of BF16 pairs.
 */
final class ArithmeticPeak {
  private static final int CHAINS = 24;
  private static final int LANES = 16;
  private static final Signature SIGNATURE = Signature.ofLongs(1);

  private final MethodHandle function;
  private final double flopsOfStep;

  private ArithmeticPeak(MethodHandle function, double flopsOfStep) {
    this.function = function;
    this.flopsOfStep = flopsOfStep;
  }

  /** Empty where the processor or the host cannot do it. */
  static Optional<ArithmeticPeak> of(CodeLoader loader, OperandKind kind) {
    MachineCode code = assemble(kind);
    if (GeneratedCode.obstacle(loader, code).isPresent()) {
      return Optional.empty();
    }
    int products = kind == OperandKind.DENSE ? 1 : 2;
    MethodHandle function = loader.load(code, SIGNATURE, Arena.global());
    return Optional.of(new ArithmeticPeak(function, 2.0 * products * LANES * CHAINS));
  }

  private static MachineCode assemble(OperandKind kind) {
    Assembler a = new Assembler();
    Zmm zero = zmm(31);
    a.vpxord(zero, zero, zero);
    for (int chain = 0; chain < CHAINS; chain++) {
      a.vpxord(zmm(chain), zmm(chain), zmm(chain));
    }
    a.align(32);
    Label loop = a.here();
    for (int chain = 0; chain < CHAINS; chain++) {
      if (kind == OperandKind.DENSE) {
        a.vfmadd231ps(zmm(chain), zero, zero);
      } else {
        a.vdpbf16ps(zmm(chain), zero, zero);
      }
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
      throw GeneratedCode.unexpected(e);
    }
    return flopsOfStep * steps;
  }
}
