package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.Arrays;

/** Uses kernels of every family in a JVM that has no Vector API; prints who serves them. */
final class WithoutVectorModule {
  private WithoutVectorModule() {}

  /** Prints warnings, families and a product of 2 x 3 by 3 x 2. */
  public static void main(String[] arguments) {
    KernelTier tier = KernelTier.of(arguments[0]);
    try (Kernels kernels =
            KernelChoice.open(tier, 2, warning -> System.out.println("warning: " + warning));
        Workspace workspace = new Workspace("test", 1 << 28);
        Arena arena = Arena.ofConfined()) {
      for (ServedFamily served : kernels.families()) {
        System.out.println(served.family() + " " + served.tier());
      }
      Tensor a = Tensor.ofFloats(arena, new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
      Tensor b = Tensor.ofFloats(arena, new float[] {1, 0, 1, 2, 1, 0}, 2, 3);
      Tensor c = Tensor.allocate(arena, DType.F32, 2, 2);
      MatMul.Packed packed =
          kernels.matMul().pack(new Matrix.Dense(b), MatMul.Contraction.COLUMNS, workspace);
      kernels.matMul().multiply(MatMul.Job.of(new Matrix.Dense(a), packed, c));
      Matrix.BFloat rounded = kernels.quantizer().toBFloat16(c, workspace);
      Tensor back = Tensor.allocate(arena, DType.F32, 2, 2);
      kernels.quantizer().fromBFloat16(rounded.values(), back);
      System.out.println(Arrays.toString(back.toFloats()));
      System.out.println("probe: " + MachineProbe.possible());
    } catch (IllegalStateException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }
}
