package dev.hadal.bench;

import dev.hadal.kernels.CausalAttention;
import dev.hadal.kernels.CausalAttention.Geometry;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Causal attention for training, forward and backward, with BF16 and with FP32 operands, over the
 * peak of the instruction used.
 *
 * <p>Counted are the products of {@link CausalAttention} over the blocks of 64 x 64 that a causal
 * mask leaves, the diagonal ones whole: two of forward, five of backward.
 */
final class AttentionBenchmark implements Benchmark {
  private static final int BLOCK = 64;
  private static final long BUDGET = 8L << 30;

  /**
   * What is measured.
   *
   * @param nope N of {@link CausalAttention}
   * @param rope R
   * @param value V
   * @param heads H
   * @param sequences how many
   * @param positions of each
   */
  record Shape(int nope, int rope, int value, int heads, int sequences, int positions) {
    int key() {
      return nope + rope;
    }

    int tokens() {
      return sequences * positions;
    }

    /** Operations of a product as deep as one element, over all blocks. */
    private double pairs() {
      double blocks = Math.ceilDiv(positions, BLOCK);
      return 2.0 * BLOCK * BLOCK * blocks * (blocks + 1) / 2 * sequences * heads;
    }

    /** Operations of forward. */
    double forward() {
      return pairs() * (key() + value);
    }

    /** Operations of backward. */
    double backward() {
      return pairs() * (3.0 * key() + 2.0 * value);
    }

    String label() {
      return "%dx%d %dx(%d+%d,%d)".formatted(sequences, positions, heads, nope, rope, value);
    }
  }

  private final List<Shape> shapes;

  AttentionBenchmark(List<Shape> shapes) {
    this.shapes = List.copyOf(shapes);
  }

  /** The heads of {@code medium} and of DeepSeek-V3. */
  static AttentionBenchmark usual() {
    return new AttentionBenchmark(
        List.of(
            new Shape(64, 32, 64, 12, 8, 512),
            new Shape(64, 32, 64, 12, 1, 4096),
            new Shape(128, 64, 128, 4, 8, 512),
            new Shape(128, 64, 128, 4, 1, 4096)));
  }

  @Override
  public String name() {
    return "attention";
  }

  @Override
  public String description() {
    return "causal attention for training, forward and backward, in BF16 and FP32";
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    List<BenchResult> results = new ArrayList<>();
    try (Kernels kernels = context.openKernels()) {
      for (boolean bfloat16 : new boolean[] {true, false}) {
        double peak = context.limits().gflops(kernels, bfloat16);
        for (Shape shape : shapes) {
          double[] seconds = measure(context, kernels.causalAttention(), shape, bfloat16);
          String name = "attention." + (bfloat16 ? "bf16" : "fp32");
          double[] rates = {
            shape.forward() / seconds[0],
            shape.backward() / seconds[1],
            (shape.forward() + shape.backward()) / (seconds[0] + seconds[1])
          };
          String[] parts = {".forward", ".backward", ".both"};
          for (int i = 0; i < parts.length; i++) {
            results.add(
                new BenchResult(
                    name + parts[i],
                    shape.label(),
                    context.threads(),
                    kernels.tier(),
                    rates[i] * 1e-9,
                    "GFLOP/s",
                    peak));
          }
        }
      }
    }
    return results;
  }

  /** Seconds of forward and of backward. */
  private static double[] measure(
      BenchContext context, CausalAttention attention, Shape shape, boolean bfloat16) {
    double scale = 1 / Math.sqrt(shape.key());
    Geometry geometry =
        new Geometry(shape.heads, shape.nope, shape.rope, shape.value, scale, bfloat16);
    int[] offsets = new int[shape.sequences + 1];
    Arrays.setAll(offsets, s -> s * shape.positions);
    try (Workspace workspace = new Workspace("attention benchmark", BUDGET)) {
      Tensor q = values(workspace, shape, shape.heads * shape.key());
      Tensor kv = values(workspace, shape, shape.heads * (shape.nope + shape.value));
      Tensor kRope = values(workspace, shape, shape.rope);
      Tensor dout = values(workspace, shape, shape.heads * shape.value);
      Tensor out = workspace.take(DType.F32, shape.tokens(), dout.columns());
      Tensor lse = workspace.take(DType.F32, shape.tokens(), shape.heads);
      Tensor dq = workspace.take(DType.F32, shape.tokens(), q.columns());
      Tensor dkv = workspace.take(DType.F32, shape.tokens(), kv.columns());
      Tensor dkRope = workspace.take(DType.F32, shape.tokens(), kRope.columns());
      Runnable forward = () -> attention.forward(geometry, q, kv, kRope, offsets, out, lse);
      Runnable backward =
          () ->
              attention.backward(geometry, q, kv, kRope, offsets, out, lse, dout, dq, dkv, dkRope);
      Repetition.warmUp(
          () -> {
            forward.run();
            backward.run();
          });
      return Repetition.medians(
          context.seconds(), List.of(Repetition.whole(forward), Repetition.whole(backward)));
    }
  }

  private static Tensor values(Workspace workspace, Shape shape, int columns) {
    Tensor tensor = workspace.take(DType.F32, shape.tokens(), columns);
    SyntheticValues.fill(tensor, 1);
    return tensor;
  }
}
