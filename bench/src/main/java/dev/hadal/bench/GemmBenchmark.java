package dev.hadal.bench;

import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Quantizer;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;

/**
 * Matrix products C [M, N] = A [M, K] times the transpose of a packed B [N, K], in every kind of
 * operand, over the peak of the instruction used; FP32 beside OpenBLAS.
 */
final class GemmBenchmark implements Benchmark {
  /** The shortest time of one run: so long that waking threads and filling caches do not count. */
  private static final double RUN_SECONDS = 0.2;

  private static final long BUDGET = 4L << 30;

  /** Extents of a product. */
  record Shape(int m, int n, int k) {
    double flops() {
      return 2.0 * m * n * k;
    }

    String label() {
      return "%dx%dx%d".formatted(m, n, k);
    }
  }

  /** The kind of operands. */
  private enum Operands {
    FP32,
    BF16,
    FP8;

    String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private final List<Shape> shapes;

  GemmBenchmark(List<Shape> shapes) {
    this.shapes = List.copyOf(shapes);
  }

  static GemmBenchmark usual() {
    return new GemmBenchmark(
        List.of(
            new Shape(512, 2048, 2048),
            new Shape(2048, 2048, 2048),
            new Shape(48, 1408, 2048),
            new Shape(128, 2048, 7168)));
  }

  @Override
  public String name() {
    return "gemm";
  }

  @Override
  public String description() {
    return "matrix products in FP32, BF16 and FP8, FP32 beside OpenBLAS";
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    List<BenchResult> results = new ArrayList<>();
    boolean avx512 = Processor.read().flags().contains("avx512f");
    List<OpenBlasPeer> peers = OpenBlasPeer.start(context.threads(), avx512, context);
    try (Kernels kernels = context.openKernels()) {
      for (Operands operands : Operands.values()) {
        for (Shape shape : shapes) {
          List<OpenBlasPeer> beside = operands == Operands.FP32 ? peers : List.of();
          double peak = context.limits().gflops(kernels, operands != Operands.FP32);
          results.addAll(measure(context, kernels, operands, shape, peak, beside));
        }
      }
    } finally {
      peers.forEach(OpenBlasPeer::close);
    }
    return results;
  }

  private static List<BenchResult> measure(
      BenchContext context,
      Kernels kernels,
      Operands operands,
      Shape shape,
      double peak,
      List<OpenBlasPeer> peers) {
    try (Workspace workspace = new Workspace("gemm benchmark", BUDGET)) {
      MatMul.Job job = job(kernels, operands, shape, workspace);
      Runnable multiply = () -> kernels.matMul().multiply(job);
      double once = Repetition.warmUp(multiply);
      int repetitions = (int) Math.clamp(RUN_SECONDS / once, 1, 10_000);
      List<Repetition.Timed> contenders = new ArrayList<>();
      contenders.add(
          () ->
              Repetition.whole(
                          () -> {
                            for (int i = 0; i < repetitions; i++) {
                              multiply.run();
                            }
                          })
                      .run()
                  / repetitions);
      for (OpenBlasPeer peer : peers) {
        contenders.add(() -> peer.seconds(shape.m, shape.n, shape.k, repetitions));
      }
      double[] seconds = Repetition.medians(context.seconds(), contenders);
      return results(context, kernels, operands, shape, peak, peers, seconds);
    }
  }

  private static List<BenchResult> results(
      BenchContext context,
      Kernels kernels,
      Operands operands,
      Shape shape,
      double peak,
      List<OpenBlasPeer> peers,
      double[] seconds) {
    List<BenchResult> results = new ArrayList<>();
    String name = "gemm." + operands.label();
    double best = 0;
    for (int i = 0; i < peers.size(); i++) {
      double rate = shape.flops() / seconds[i + 1] * 1e-9;
      best = Math.max(best, rate);
      String tier = peers.get(i).tier();
      results.add(
          new BenchResult(name, shape.label(), context.threads(), tier, rate, "GFLOP/s", peak));
    }
    double rate = shape.flops() / seconds[0] * 1e-9;
    BenchResult ours =
        new BenchResult(
            name, shape.label(), context.threads(), kernels.tier(), rate, "GFLOP/s", peak);
    results.addFirst(ours.besides(best));
    return results;
  }

  private static MatMul.Job job(
      Kernels kernels, Operands operands, Shape shape, Workspace workspace) {
    Tensor a = workspace.take(DType.F32, shape.m, shape.k);
    Tensor b = workspace.take(DType.F32, shape.n, shape.k);
    Tensor c = workspace.take(DType.F32, shape.m, shape.n);
    SyntheticValues.fill(a, 1);
    SyntheticValues.fill(b, 1);
    Matrix left = matrix(kernels.quantizer(), operands, a, Matrix.Tiling.ROWS, workspace);
    Matrix right = matrix(kernels.quantizer(), operands, b, Matrix.Tiling.BLOCKS, workspace);
    MatMul.Packed packed = kernels.matMul().pack(right, MatMul.Contraction.COLUMNS, workspace);
    return MatMul.Job.of(left, packed, c);
  }

  private static Matrix matrix(
      Quantizer quantizer,
      Operands operands,
      Tensor values,
      Matrix.Tiling tiling,
      Workspace workspace) {
    return switch (operands) {
      case FP32 -> new Matrix.Dense(values);
      case BF16 -> quantizer.toBFloat16(values, workspace);
      case FP8 ->
          quantizer.quantize(
              values, Quantizer.Format.E4M3, tiling, Quantizer.Scale.FP32, workspace);
    };
  }
}
