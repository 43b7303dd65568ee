package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * By hand: the speed of products of small integers, in billions of operations and bytes a second.
 */
final class GroupedSpeed {
  private GroupedSpeed() {}

  public static void main(String[] arguments) {
    KernelTier tier = KernelTier.of(arguments[0]);
    int threads = Integer.parseInt(arguments[1]);
    int outputs = 2048;
    int depth = 2048;
    try (Kernels kernels = KernelChoice.open(tier, threads, _ -> {});
        Workspace workspace = new Workspace("speed", 4L << 30)) {
      GroupedOperands operands = new GroupedOperands(workspace, new Random(1));
      for (GroupedOperands.Kind kind :
          List.of(
              new GroupedOperands.Kind(GroupedWeights.Nibbles.from(-8), DType.F16, 32, false),
              new GroupedOperands.Kind(GroupedWeights.Nibbles.from(0), null, 32, true),
              new GroupedOperands.Kind(new GroupedWeights.Bytes(), null, 16, false),
              new GroupedOperands.Kind(new GroupedWeights.Bytes(), DType.F16, 32, false))) {
        GroupedWeights weights = operands.weights(kind, outputs, depth);
        // More than the caches hold, for few rows.
        List<MatMul.Packed> packed = new ArrayList<>();
        for (int i = 0; i < Integer.getInteger("copies", 32); i++) {
          packed.addAll(kernels.matMul().packGrouped(List.of(weights), workspace));
        }
        for (int rows : new int[] {1, 2, 4, 8, 48, 512}) {
          Tensor x = operands.activations(rows, depth);
          Matrix.Integers a = kernels.quantizer().toIntegers(x, workspace);
          Tensor c = workspace.take(DType.F32, rows, outputs);
          List<MatMul.Job> jobs = new ArrayList<>();
          for (MatMul.Packed b :
              rows <= 8 ? packed : packed.subList(0, Math.min(4, packed.size()))) {
            jobs.add(MatMul.Job.of(a, b, c));
          }
          double best = Double.MAX_VALUE;
          for (int run = 0; run < 9; run++) {
            long begin = System.nanoTime();
            int times = rows <= 8 ? 128 / packed.size() : 1;
            for (int i = 0; i < times; i++) {
              kernels.matMul().multiplyAll(jobs);
            }
            best = Math.min(best, (System.nanoTime() - begin) * 1e-9 / times);
          }
          double operations = 2.0 * rows * outputs * depth * jobs.size();
          double bytes = 0;
          for (MatMul.Job job : jobs) {
            bytes += ((GroupedPanels) job.b()).data().byteSize();
          }
          System.out.printf(
              "%-70s rows %3d: %7.1f GOP/s %6.1f GB/s%n",
              kind, rows, operations / best * 1e-9, bytes / best * 1e-9);
        }
      }
    }
  }
}
