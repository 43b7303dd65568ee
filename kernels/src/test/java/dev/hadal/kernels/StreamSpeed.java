package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Prints how fast kernels that go through memory once are, in GB/s of bytes that they must read and
 * write, with the Vector API and as generated code; run by hand. Arguments: threads, rows, columns.
 */
final class StreamSpeed {
  private static final double SECONDS = 0.4;
  private static final int EXPERTS = 64;
  private static final int CHOSEN = 6;
  private static final int DECODED_EXPERTS = 256;

  /** A kernel to time. */
  private interface Run<K> {
    void of(K kernels);
  }

  private final Arena arena;
  private final Random random = new Random(1);
  private final int rows;
  private final int columns;

  private StreamSpeed(Arena arena, int rows, int columns) {
    this.arena = arena;
    this.rows = rows;
    this.columns = columns;
  }

  public static void main(String[] args) {
    int threads = Integer.parseInt(args[0]);
    CodeLoader loader = CodeLoader.ofThisMachine();
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new SpinningTeam(threads)) {
      double read = MachineProbe.readBytes(team) * 1e-9;
      System.out.printf(Locale.ROOT, "%d threads, GB/s; plain read %.1f%n", threads, read);
      System.out.printf(Locale.ROOT, "%-30s %9s %9s%n", "", "vector", "generated");
      StreamSpeed speed =
          new StreamSpeed(arena, Integer.parseInt(args[1]), Integer.parseInt(args[2]));
      speed.optimizer(new VectorOptimizer(team), new GeneratedOptimizer(team, loader));
      speed.elementwise(new VectorElementwise(team), new GeneratedElementwise(team, loader));
      speed.permutation(new VectorPermutation(team), new GeneratedPermutation(team, loader));
      speed.embedding(new VectorEmbedding(team), new GeneratedEmbedding(team, loader));
      speed.gate(new VectorGate(team), new GeneratedGate(team, loader));
    }
  }

  private Tensor floats(long... extents) {
    Tensor tensor = Tensor.allocate(arena, DType.F32, extents);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.setFloat(i, (float) random.nextGaussian());
    }
    return tensor;
  }

  private void optimizer(Optimizer vector, Optimizer generated) {
    long n = (long) rows * columns;
    Tensor p = floats(rows, columns);
    Tensor g = floats(rows, columns);
    Tensor ema = floats(rows, columns);
    for (DType type : new DType[] {DType.BF16, DType.F32}) {
      Tensor m = Tensor.allocate(arena, type, rows, columns);
      Tensor v = Tensor.allocate(arena, type, rows, columns);
      Optimizer.AdamW numbers = new Optimizer.AdamW(3e-4, 0.9, 0.95, 1e-8, 0.1, 7, 0.9);
      long bytes = 12 + 4L * type.bytes();
      List<Optimizer.Update> plain = List.of(new Optimizer.Update(numbers, p, g, m, v, null));
      List<Optimizer.Update> both = List.of(new Optimizer.Update(numbers, p, g, m, v, ema));
      report("adamW " + type, bytes * n, vector, generated, o -> o.adamWAll(plain, 0));
      report(
          "adamW and average " + type,
          (bytes + 8) * n,
          vector,
          generated,
          o -> o.adamWAll(both, 0.99));
    }
    Tensor sum = Tensor.allocate(arena, DType.I64, rows, columns);
    double[] squares = new double[Optimizer.normBlocks(n)];
    report("begin", 12 * n, vector, generated, o -> o.begin(g, 0x1p-32, 100, sum));
    report("accumulate", 20 * n, vector, generated, o -> o.accumulate(g, 0x1p-50, 100, sum));
    report("finish", 12 * n, vector, generated, o -> o.finish(sum, 0x1p-32, 4097, p, squares, 0));
    report(
        "finishOne", 8 * n, vector, generated, o -> o.finishOne(g, 0x1p-32, 4097, p, squares, 0));
    report("norm", 4 * n, vector, generated, o -> o.norm(List.of(g)));
  }

  private void elementwise(Elementwise vector, Elementwise generated) {
    Tensor a = floats(rows, columns);
    Tensor b = floats(rows, columns);
    report("add", 12 * a.elements(), vector, generated, e -> e.add(a, b, b));
  }

  private void permutation(Permutation vector, Permutation generated) {
    int tokens = rows / CHOSEN;
    Tensor index = Tensor.allocate(arena, DType.I32, tokens, CHOSEN);
    for (int t = 0; t < tokens; t++) {
      int[] row = random.ints(0, EXPERTS).distinct().limit(CHOSEN).sorted().toArray();
      for (int k = 0; k < CHOSEN; k++) {
        index.setInt((long) t * CHOSEN + k, row[k]);
      }
    }
    Dispatch dispatch = Dispatch.of(index, EXPERTS);
    Tensor a = floats(dispatch.rows(), columns);
    Tensor b = floats(dispatch.rows(), columns);
    Tensor base = floats(tokens, columns);
    Tensor weight = floats(tokens, CHOSEN);
    long n = a.elements();
    long m = base.elements();
    for (boolean bfloat16 : new boolean[] {false, true}) {
      report(
          "combine" + (bfloat16 ? " in BF16" : ""),
          4 * n + 8 * m,
          vector,
          generated,
          p -> p.combine(a, dispatch, index, weight, base, 1, bfloat16, base));
    }
    report("scaleRows", 8 * n, vector, generated, p -> p.scaleRows(a, dispatch, weight, b));
    report("rowDots", 8 * n, vector, generated, p -> p.rowDots(a, b, dispatch, weight));
    report("gather", 8 * n, vector, generated, p -> p.gather(base, dispatch.rowToken(), b));
  }

  private void embedding(Embedding vector, Embedding generated) {
    int vocabulary = 8192;
    Tensor table = floats(vocabulary, columns);
    Tensor x = floats(rows, columns);
    int[] ids = random.ints(rows, 0, vocabulary).toArray();
    report(
        "embedding in BF16",
        8 * x.elements(),
        vector,
        generated,
        e -> e.forward(table, ids, true, x));
    report(
        "embedding backward",
        12 * x.elements() + 4 * table.elements(),
        vector,
        generated,
        e -> e.backward(x, ids, table));
  }

  private void gate(Gate vector, Gate generated) {
    for (Gate.Scoring scoring : Gate.Scoring.values()) {
      for (int tokens : new int[] {1, rows}) {
        gate(scoring, tokens, vector, generated);
      }
    }
  }

  private void gate(Gate.Scoring scoring, int tokens, Gate vector, Gate generated) {
    int experts = DECODED_EXPERTS;
    Gate.Rule rule = new Gate.Rule(experts, 8, 8, 4, scoring, Gate.GroupScore.TOP2_SUM, true, 2.5);
    Tensor logits = floats(tokens, experts);
    Tensor bias = floats(experts);
    Tensor scores = floats(tokens, experts);
    Tensor gradients = floats(tokens, experts);
    Tensor index = Tensor.allocate(arena, DType.I32, tokens, 8);
    Tensor weight = floats(tokens, 8);
    String what = " %s %d".formatted(scoring, tokens);
    long bytes = 8 * logits.elements();
    report(
        "route" + what,
        bytes,
        vector,
        generated,
        g -> g.route(rule, logits, bias, scores, index, weight));
    int[] offsets = {0, tokens};
    report(
        "balance" + what,
        bytes,
        vector,
        generated,
        g -> g.balance(rule, 1e-4, scores, offsets, gradients));
    report(
        "backward" + what,
        3 * bytes / 2,
        vector,
        generated,
        g -> g.backward(rule, scores, index, weight, weight, gradients, logits));
  }

  private static <K> void report(String what, long bytes, K vector, K generated, Run<K> run) {
    List<Double> best = new ArrayList<>(List.of(0.0, 0.0));
    for (int round = 0; round < 2; round++) {
      best.set(0, Math.max(best.get(0), rate(bytes, vector, run)));
      best.set(1, Math.max(best.get(1), rate(bytes, generated, run)));
    }
    System.out.printf(Locale.ROOT, "%-30s %9.2f %9.2f%n", what, best.get(0), best.get(1));
  }

  private static <K> double rate(long bytes, K kernels, Run<K> run) {
    double best = Double.POSITIVE_INFINITY;
    long start = System.nanoTime();
    for (int i = 0; i < 5 || (System.nanoTime() - start) * 1e-9 < SECONDS; i++) {
      long begin = System.nanoTime();
      run.of(kernels);
      best = Math.min(best, (System.nanoTime() - begin) * 1e-9);
    }
    return bytes * 1e-9 / best;
  }
}
