package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.kernels.MatMul.Contraction;
import dev.hadal.kernels.MatMul.Job;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;

/**
 * Prints how fast products and conversions are; run by hand, with {@code -Dgenerated=true} for the
 * generated ones. Arguments: threads, then parts of names.
 */
final class MatMulSpeed {
  private final Arena arena = Arena.ofShared();
  private final Workspace workspace = new Workspace("speed", 12L << 30);
  private final SpinningTeam team;
  private final MatMul matMul;
  private final String[] wanted;
  private final Quantizer quantizer = new ReferenceQuantizer();

  private MatMulSpeed(int threads, String[] wanted) {
    team = new SpinningTeam(threads);
    matMul =
        Boolean.getBoolean("generated")
            ? new GeneratedMatMul(
                team,
                new ProductFunctions(
                    CodeLoader.ofThisMachine(), Arena.global(), EnumSet.allOf(OperandKind.class)),
                null,
                () -> new VectorMatMul(team))
            : new VectorMatMul(team);
    this.wanted = wanted;
  }

  public static void main(String[] args) {
    int threads = Integer.parseInt(args[0]);
    MatMulSpeed speed = new MatMulSpeed(threads, Arrays.copyOfRange(args, 1, args.length));
    speed.all();
    System.exit(0);
  }

  private void all() {
    report("region", "us", 1e6, 1, () -> team.run(_ -> {}));
    for (int steps : new int[] {96, 192, 512, 1024}) {
      kernel(steps);
    }
    for (String kind : List.of("f32", "bf16", "fp8")) {
      dense(kind, 512, 2048, 2048);
      dense(kind, 2048, 2048, 2048);
      dense(kind, 48, 1408, 2048);
      dense(kind, 8192, 320, 320);
      dense(kind, 8192, 192, 320);
      experts(kind, 320, 192);
      experts(kind, 192, 320);
      wgrad(kind, 320, 192);
    }
    for (String kind : List.of("f32", "bf16", "fp8")) {
      decode(kind);
    }
  }

  private void kernel(int steps) {
    for (int height : new int[] {12, 8, 4}) {
      float[] a = new float[height * steps * 20];
      float[] b = new float[MatMulTile.COLUMNS * steps];
      float[] c = new float[height * MatMulTile.COLUMNS];
      report(
          "kernel " + height + " rows, " + steps + " steps, one thread",
          "GFLOP/s",
          1e-9,
          2.0 * 20 * height * steps * MatMulTile.COLUMNS,
          () -> {
            for (int tile = 0; tile < 20; tile++) {
              MatMulTile.multiply(height, a, tile * height * steps, b, 0, steps, c, 0);
            }
          });
    }
    float[] block = new float[12 * MatMulTile.COLUMNS];
    Tensor c = out(240, 2048);
    report(
        "write of a tile, one thread",
        "us",
        1e6 / 20,
        1,
        () -> {
          for (int tile = 0; tile < 20; tile++) {
            OutputTile.write(block, 0, c.data(), tile * 12 * 8192L, 8192, 12, MatMulTile.COLUMNS);
          }
        });
  }

  private Matrix operand(String kind, int rows, int columns, Matrix.Tiling tiling) {
    Tensor x = Tensor.allocate(arena, DType.F32, rows, columns);
    java.util.Random random = new java.util.Random(1);
    for (long i = 0; i < x.elements(); i++) {
      x.setFloat(i, random.nextFloat() - 0.5f);
    }
    return switch (kind) {
      case "f32" -> new Matrix.Dense(x);
      case "bf16" -> quantizer.toBFloat16(x, workspace);
      default ->
          quantizer.quantize(x, Quantizer.Format.E4M3, tiling, Quantizer.Scale.FP32, workspace);
    };
  }

  private Tensor out(int rows, int columns) {
    return Tensor.allocate(arena, DType.F32, rows, columns);
  }

  private boolean skip(String name) {
    return wanted.length > 0 && Arrays.stream(wanted).noneMatch(name::contains);
  }

  private void dense(String kind, int m, int n, int k) {
    String name = kind + " " + m + "x" + n + "x" + k;
    if (skip(name)) {
      return;
    }
    Matrix a = operand(kind, m, k, Matrix.Tiling.ROWS);
    Matrix b = operand(kind, n, k, Matrix.Tiling.BLOCKS);
    Job job = Job.of(a, matMul.pack(b, Contraction.COLUMNS, workspace), out(m, n));
    report(name, "GFLOP/s", 1e-9, 2.0 * m * n * k, () -> matMul.multiply(job));
    Workspace.Mark mark = workspace.mark();
    report(
        name + " pack B",
        "G/s",
        1e-9,
        (double) n * k,
        () -> {
          workspace.release(mark);
          matMul.pack(b, Contraction.COLUMNS, workspace);
        });
  }

  /** 32 experts, 4 of them a token, 8,192 tokens: uneven loads. */
  private void experts(String kind, int in, int out) {
    String name = kind + " experts " + in + "->" + out;
    if (skip(name)) {
      return;
    }
    List<Job> jobs = new ArrayList<>();
    double flops = 0;
    for (int e = 0; e < 32; e++) {
      int rows = 1024 + (e - 16) * 37;
      Matrix a = operand(kind, rows, in, Matrix.Tiling.ROWS);
      for (int i = 0; i < (in > out ? 2 : 1); i++) {
        Matrix b = operand(kind, out, in, Matrix.Tiling.BLOCKS);
        jobs.add(Job.of(a, matMul.pack(b, Contraction.COLUMNS, workspace), out(rows, out)));
        flops += 2.0 * rows * in * out;
      }
    }
    report(name, "GFLOP/s", 1e-9, flops, () -> matMul.multiplyAll(jobs));
  }

  private void wgrad(String kind, int in, int out) {
    String name = kind + " wgrad " + in + "," + out;
    if (skip(name)) {
      return;
    }
    List<Matrix> inputs = new ArrayList<>();
    List<Matrix> gradients = new ArrayList<>();
    double flops = 0;
    for (int e = 0; e < 32; e++) {
      int rows = 1024 + (e - 16) * 37;
      inputs.add(operand(kind, rows, in, Matrix.Tiling.COLUMNS));
      gradients.add(operand(kind, rows, out, Matrix.Tiling.COLUMNS));
      flops += 2.0 * rows * in * out;
    }
    List<Tensor> c = new ArrayList<>();
    for (int e = 0; e < 32; e++) {
      c.add(out(out, in));
    }
    Workspace.Mark mark = workspace.mark();
    report(
        name + " with packing",
        "GFLOP/s",
        1e-9,
        flops,
        () -> {
          workspace.release(mark);
          List<MatMul.Packed> packed = matMul.packAll(inputs, Contraction.ROWS, workspace);
          List<Job> jobs = new ArrayList<>();
          for (int e = 0; e < 32; e++) {
            Matrix.Dense to = new Matrix.Dense(c.get(e));
            jobs.add(new Job(gradients.get(e), true, packed.get(e), to, false));
          }
          matMul.multiplyAll(jobs);
        });
  }

  private void decode(String kind) {
    String name = kind + " one row";
    if (skip(name)) {
      return;
    }
    int n = 2048;
    int k = 2048;
    int bytes = kind.equals("f32") ? 4 : kind.equals("bf16") ? 2 : 1;
    Matrix b = operand(kind, n, k, Matrix.Tiling.BLOCKS);
    int count = 128 * 4 / bytes / 2;
    for (int rows : new int[] {1, 4, 8}) {
      Matrix a = operand(kind, rows, k, Matrix.Tiling.ROWS);
      List<Job> jobs = new ArrayList<>();
      Workspace.Mark mark = workspace.mark();
      for (int i = 0; i < count; i++) {
        jobs.add(Job.of(a, matMul.pack(b, Contraction.COLUMNS, workspace), out(rows, n)));
      }
      report(
          name + "s".repeat(rows > 1 ? 1 : 0) + " " + rows,
          "GB/s",
          1e-9,
          (double) count * n * k * bytes,
          () -> jobs.forEach(matMul::multiply));
      workspace.release(mark);
    }
  }

  private void report(String name, String unit, double scale, double work, Runnable body) {
    if (skip(name)) {
      return;
    }
    long until = System.nanoTime() + 1_500_000_000L;
    do {
      body.run();
    } while (System.nanoTime() < until);
    double[] rates = new double[7];
    for (int i = 0; i < rates.length; i++) {
      int runs = 0;
      long start = System.nanoTime();
      long now;
      do {
        body.run();
        runs++;
        now = System.nanoTime();
      } while (now < start + 100_000_000L);
      double seconds = (now - start) * 1e-9 / runs;
      rates[i] = unit.equals("us") ? seconds * scale : work / seconds * scale;
    }
    Arrays.sort(rates);
    System.out.printf(
        Locale.ROOT, "%-40s %8.2f %s (%.2f-%.2f)%n", name, rates[3], unit, rates[0], rates[6]);
  }
}
