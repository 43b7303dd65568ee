package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.Locale;
import java.util.Random;

/**
 * Prints how fast conversions are, in GB/s of bytes read and written; run by hand, with {@code
 * -Dgenerated=true} for generated code. Arguments: threads, rows, columns.
 */
final class QuantizerSpeed {
  private static final double SECONDS = 0.3;

  private final Workspace workspace = new Workspace("speed", 4L << 30);
  private final Quantizer quantizer;
  private final Tensor x;
  private final Tensor out;

  private QuantizerSpeed(ThreadTeam team, Arena arena, int rows, int columns) {
    quantizer =
        Boolean.getBoolean("generated")
            ? new GeneratedQuantizer(team, CodeLoader.ofThisMachine())
            : new VectorQuantizer(team);
    x = Tensor.allocate(arena, DType.F32, rows, columns);
    out = Tensor.allocate(arena, DType.F32, rows, columns);
    Random random = new Random(1);
    for (long i = 0; i < x.elements(); i++) {
      x.setFloat(i, (float) random.nextGaussian());
    }
  }

  public static void main(String[] args) {
    int threads = Integer.parseInt(args[0]);
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new SpinningTeam(threads)) {
      System.out.printf(Locale.ROOT, "%d threads, read and write GB/s%n", threads);
      double read = MachineProbe.readBytes(team);
      System.out.printf(Locale.ROOT, "%-36s %7.1f%n", "plain read from memory", read * 1e-9);
      new QuantizerSpeed(team, arena, Integer.parseInt(args[1]), Integer.parseInt(args[2])).all();
    }
  }

  private void all() {
    Tensor bfloat = quantizer.toBFloat16(x, workspace).values();
    report("toBFloat16", 6, () -> quantizer.toBFloat16(x, workspace));
    report("fromBFloat16", 6, () -> quantizer.fromBFloat16(bfloat, out));
    report("roundToBFloat16", 8, () -> quantizer.roundToBFloat16(out));
    for (Quantizer.Format format : Quantizer.Format.values()) {
      int bytes = format == Quantizer.Format.E4M3 ? 5 : 6;
      for (Matrix.Tiling tiling : Matrix.Tiling.values()) {
        for (Quantizer.Scale scale : Quantizer.Scale.values()) {
          report(
              "quantize %s %s %s".formatted(format, tiling, scale),
              bytes,
              () -> quantizer.quantize(x, format, tiling, scale, workspace));
        }
        Matrix.Tiled q = quantizer.quantize(x, format, tiling, Quantizer.Scale.FP32, workspace);
        report(
            "dequantize %s %s".formatted(format, tiling),
            bytes,
            () -> quantizer.dequantize(q, out));
      }
    }
    Matrix.Tiled q =
        quantizer.quantize(
            x, Quantizer.Format.E4M3, Matrix.Tiling.ROWS, Quantizer.Scale.FP32, workspace);
    report(
        "requantize E4M3 ROWS to COLUMNS",
        2,
        () ->
            quantizer.requantize(
                q, Quantizer.Format.E4M3, Matrix.Tiling.COLUMNS, Quantizer.Scale.FP32, workspace));
    report(
        "quantize E4M3 ROWS and COLUMNS",
        6,
        () ->
            quantizer.quantizeRowsAndColumns(
                x, Quantizer.Format.E4M3, Quantizer.Scale.FP32, workspace));
    report(
        "quantize E4M3 BLOCKS of BF16",
        5,
        () ->
            quantizer.quantizeRounded(
                x, Quantizer.Format.E4M3, Matrix.Tiling.BLOCKS, Quantizer.Scale.FP32, workspace));
    workspace.close();
  }

  private void report(String what, int bytes, Runnable run) {
    double best = Double.POSITIVE_INFINITY;
    long start = System.nanoTime();
    for (int i = 0; i < 20 || (System.nanoTime() - start) * 1e-9 < SECONDS; i++) {
      Workspace.Mark mark = workspace.mark();
      long begin = System.nanoTime();
      run.run();
      best = Math.min(best, (System.nanoTime() - begin) * 1e-9);
      workspace.release(mark);
    }
    double gigabytes = bytes * x.elements() * 1e-9;
    System.out.printf(Locale.ROOT, "%-36s %7.1f%n", what, gigabytes / best);
  }
}
