package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Prints how fast the kernels along rows are, Vector tier and generated code in turns: GB/s of
 * bytes read and written, and microseconds of a call; run by hand. Arguments: threads, rows,
 * columns.
 */
final class RowKernelsSpeed {
  private static final double SECONDS = 2;
  private static final int HEADS = 16;
  private static final int ROPE = 64;
  private static final int STRIDE = 192;

  private final CodeLoader loader = CodeLoader.ofThisMachine();
  private final Arena arena;
  private final ThreadTeam team;
  private final int rows;
  private final int columns;

  private RowKernelsSpeed(ThreadTeam team, Arena arena, int rows, int columns) {
    this.team = team;
    this.arena = arena;
    this.rows = rows;
    this.columns = columns;
  }

  public static void main(String[] args) {
    int threads = Integer.parseInt(args[0]);
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new SpinningTeam(threads)) {
      double read = MachineProbe.readBytes(team) * 1e-9;
      System.out.printf(
          Locale.ROOT, "%d threads, %s x %s, read %.1f GB/s%n", threads, args[1], args[2], read);
      System.out.printf(
          Locale.ROOT, "%-24s %8s %8s %10s %10s%n", "", "vector", "gen.", "vector us", "gen. us");
      new RowKernelsSpeed(team, arena, Integer.parseInt(args[1]), Integer.parseInt(args[2])).all();
    }
  }

  private void all() {
    norms();
    activations();
    positions();
    losses();
  }

  private void norms() {
    RmsNorm vector = new VectorRmsNorm(team);
    RmsNorm generated = new GeneratedRmsNorm(team, loader);
    Tensor x = floats(rows, columns);
    Tensor y = floats(rows, columns);
    Tensor dx = floats(rows, columns);
    Tensor w = floats(columns);
    Tensor dw = floats(columns);
    Tensor r = floats(rows);
    long n = (long) rows * columns;
    report(
        "norm forward",
        8 * n,
        () -> vector.forward(x, w, 1e-6, y, r),
        () -> generated.forward(x, w, 1e-6, y, r));
    report(
        "norm input set",
        12 * n,
        () -> vector.backwardInput(x, w, r, y, dx, false),
        () -> generated.backwardInput(x, w, r, y, dx, false));
    report(
        "norm input add",
        16 * n,
        () -> vector.backwardInput(x, w, r, y, dx, true),
        () -> generated.backwardInput(x, w, r, y, dx, true));
    report(
        "norm weight",
        8 * n,
        () -> vector.backwardWeight(x, r, y, dw),
        () -> generated.backwardWeight(x, r, y, dw));
  }

  private void activations() {
    SwiGlu vector = new VectorSwiGlu(team);
    SwiGlu generated = new GeneratedSwiGlu(team, loader);
    Tensor gate = floats(rows, columns);
    Tensor up = floats(rows, columns);
    Tensor h = floats(rows, columns);
    Tensor dup = floats(rows, columns);
    long n = (long) rows * columns;
    report(
        "swiglu forward",
        12 * n,
        () -> vector.forward(gate, up, h),
        () -> generated.forward(gate, up, h));
    report(
        "swiglu backward",
        20 * n,
        () -> vector.backward(gate, up, h, dup, dup),
        () -> generated.backward(gate, up, h, dup, dup));
  }

  private void positions() {
    RotaryEmbedding vector = new VectorRotaryEmbedding(team);
    RotaryEmbedding generated = new GeneratedRotaryEmbedding(team, loader);
    Tensor x = floats(rows, HEADS * STRIDE);
    Tensor cos = floats(rows, ROPE / 2);
    int[] positions = new int[rows];
    Arrays.setAll(positions, t -> t);
    report(
        "rope, 16 heads of 64",
        8L * rows * HEADS * ROPE,
        () -> vector.rotate(x, HEADS, STRIDE, STRIDE - ROPE, cos, cos, positions, false),
        () -> generated.rotate(x, HEADS, STRIDE, STRIDE - ROPE, cos, cos, positions, false));
  }

  private void losses() {
    CrossEntropy vector = new VectorCrossEntropy(team);
    CrossEntropy generated = new GeneratedCrossEntropy(team, loader);
    Tensor logits = floats(rows, columns);
    Tensor loss = floats(rows);
    int[] targets = new int[rows];
    long n = (long) rows * columns;
    report(
        "loss forward",
        4 * n,
        () -> vector.forward(logits, targets, loss),
        () -> generated.forward(logits, targets, loss));
    report(
        "loss with gradient",
        8 * n,
        () -> vector.forwardBackward(logits, targets, 1, loss),
        () -> generated.forwardBackward(logits, targets, 1, loss));
  }

  private Tensor floats(long... extents) {
    Tensor tensor = Tensor.allocate(arena, DType.F32, extents);
    Random random = new Random(1);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.setFloat(i, (float) random.nextGaussian());
    }
    return tensor;
  }

  /** Medians of the second half of batches in turns: compilers still work in the first. */
  private static void report(String what, long bytes, Runnable vector, Runnable generated) {
    int batch = (int) Math.max(1, (1 << 20) / bytes);
    double[] vectorTimes = new double[10_000];
    double[] generatedTimes = new double[10_000];
    int count = 0;
    long start = System.nanoTime();
    while (count < vectorTimes.length
        && (count < 20 || (System.nanoTime() - start) * 1e-9 < SECONDS)) {
      vectorTimes[count] = time(batch, vector);
      generatedTimes[count] = time(batch, generated);
      count++;
    }
    double slow = median(vectorTimes, count);
    double fast = median(generatedTimes, count);
    System.out.printf(
        Locale.ROOT,
        "%-24s %8.1f %8.1f %10.3f %10.3f%n",
        what,
        bytes * 1e-9 / slow,
        bytes * 1e-9 / fast,
        slow * 1e6,
        fast * 1e6);
  }

  private static double median(double[] times, int count) {
    double[] sorted = Arrays.copyOfRange(times, count / 2, count);
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static double time(int batch, Runnable run) {
    long begin = System.nanoTime();
    for (int i = 0; i < batch; i++) {
      run.run();
    }
    return (System.nanoTime() - begin) * 1e-9 / batch;
  }
}
