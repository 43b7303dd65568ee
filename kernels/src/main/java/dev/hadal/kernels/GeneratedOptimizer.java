package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@link Optimizer} as generated code; one pass over memory each. */
final class GeneratedOptimizer implements Optimizer {
  /** Elements of a call: some ten microseconds, in which the JVM cannot stop the thread. */
  private static final long CALL = 16L * Spans.SPAN;

  private final ThreadTeam team;
  private final OptimizerFunctions functions;
  private final RowFunctions rows;
  private final AdamWTable table = new AdamWTable();

  /** Makes the code; {@link #obstacle} must be empty. */
  GeneratedOptimizer(ThreadTeam team, CodeLoader loader) {
    this.team = team;
    functions = new OptimizerFunctions(loader);
    rows = new RowFunctions(loader);
  }

  /** Why the code cannot be made; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return OptimizerFunctions.obstacle(loader).or(() -> RowFunctions.obstacle(loader));
  }

  @Override
  public void adamW(AdamW numbers, Tensor p, Tensor g, Tensor m, Tensor v) {
    adamWAll(List.of(new Update(numbers, p, g, m, v, null)), 0);
  }

  @Override
  public void adamWAll(List<Update> updates, double emaDecay) {
    int[] firstSpans = new int[updates.size() + 1];
    table.begin(updates.size());
    for (int i = 0; i < updates.size(); i++) {
      Update update = updates.get(i);
      require(update);
      Tensor ema = update.ema();
      long distance = 0;
      if (ema != null) {
        Sizes.require("average ema", ema, update.p().shape().extents());
        distance = Addresses.of("average ema", ema) - Addresses.of("adamW p", update.p());
      }
      table.set(i, AdamWNumbers.of(update.numbers()), emaDecay, distance);
      long elements = update.p().elements();
      firstSpans[i + 1] =
          Math.addExact(firstSpans[i], Math.toIntExact((elements + Spans.SPAN - 1) / Spans.SPAN));
    }
    try {
      team.split(
          firstSpans[updates.size()],
          1,
          (first, last) -> updateSpans(updates, firstSpans, first, last));
    } finally {
      Reference.reachabilityFence(updates);
    }
  }

  private static void require(Update update) {
    long[] extents = update.p().shape().extents();
    Tensor m = update.m();
    Tensor v = update.v();
    Sizes.require("adamW p", update.p(), extents);
    Sizes.require("adamW g", update.g(), extents);
    if (m.dtype() != DType.F32) {
      m.requireType("adamW m", DType.BF16);
    }
    v.requireType("adamW v", m.dtype());
    m.requireShape("adamW m", extents);
    v.requireShape("adamW v", extents);
    Addresses.of("adamW p", update.p());
    Addresses.of("adamW g", update.g());
    Addresses.of("adamW m", m);
    Addresses.of("adamW v", v);
  }

  /** Spans [first, last) of all tensors, counted through. */
  private void updateSpans(List<Update> updates, int[] firstSpans, int first, int last) {
    int found = Arrays.binarySearch(firstSpans, first);
    int tensor = found < 0 ? -found - 2 : found;
    for (int span = first; span < last; tensor++) {
      int end = Math.min(last, firstSpans[tensor + 1]);
      if (span < end) {
        Update update = updates.get(tensor);
        long from = (long) (span - firstSpans[tensor]) * Spans.SPAN;
        long to = (long) (end - firstSpans[tensor]) * Spans.SPAN;
        update(update, table.address(tensor), from, Math.min(to, update.p().elements()));
        span = end;
      }
    }
  }

  private void update(Update update, long row, long from, long to) {
    boolean bfloat16 = update.m().dtype() == DType.BF16;
    long moment = update.m().dtype().bytes();
    long p = update.p().data().address();
    long g = update.g().data().address();
    long m = update.m().data().address();
    long v = update.v().data().address();
    for (long at = from; at < to; at += CALL) {
      functions.adamW(
          bfloat16,
          update.ema() != null,
          p + Float.BYTES * at,
          g + Float.BYTES * at,
          m + moment * at,
          v + moment * at,
          row,
          Math.min(CALL, to - at));
    }
  }

  @Override
  public double norm(List<Tensor> gradients) {
    double sum = 0;
    for (Tensor gradient : gradients) {
      gradient.requireType("norm gradient", DType.F32);
      double[] squares = new double[Optimizer.normBlocks(gradient.elements())];
      long g = Addresses.of("norm gradient", gradient);
      split(
          gradient.elements(),
          (from, to) ->
              squares[(int) (from / Spans.SPAN)] =
                  functions.squares(g + Float.BYTES * from, to - from),
          gradient);
      for (double block : squares) {
        sum += block;
      }
    }
    return Math.sqrt(sum);
  }

  @Override
  public void average(Tensor p, double decay, Tensor ema) {
    long[] extents = p.shape().extents();
    Sizes.require("average p", p, extents);
    Sizes.require("average ema", ema, extents);
    float old = (float) decay;
    float fresh = (float) (1 - decay);
    long values = Addresses.of("average p", p);
    long averages = Addresses.of("average ema", ema);
    split(
        p.elements(),
        (from, to) ->
            rows.average(
                values + Float.BYTES * from, averages + Float.BYTES * from, to - from, old, fresh),
        p,
        ema);
  }

  @Override
  public boolean begin(Tensor g, double quantum, int segments, Tensor sum) {
    return add("begin", functions::begin, g, Quantum.of(quantum), segments, sum);
  }

  @Override
  public boolean accumulate(Tensor g, double quantum, int segments, Tensor sum) {
    return add("accumulate", functions::accumulate, g, Quantum.of(quantum), segments, sum);
  }

  /** Adds a block. */
  @FunctionalInterface
  private interface Addition {
    /** Whether all values are below the limit. */
    boolean add(long g, long sum, long count, Quantum quantum, float limit);
  }

  private boolean add(
      String what, Addition addition, Tensor g, Quantum quantum, int segments, Tensor sum) {
    g.requireType(what + " g", DType.F32);
    sum.requireType(what + " sum", DType.I64);
    sum.requireShape(what + " sum", g.shape().extents());
    long values = Addresses.of(what + " g", g);
    long sums = Addresses.of(what + " sum", sum);
    float limit = quantum.limit(segments);
    AtomicBoolean good = new AtomicBoolean(true);
    split(
        g.elements(),
        (from, to) -> {
          long source = values + Float.BYTES * from;
          long target = sums + Long.BYTES * from;
          if (!addition.add(source, target, to - from, quantum, limit)) {
            good.set(false);
          }
        },
        g,
        sum);
    return good.get();
  }

  @Override
  public void fromFixedPoint(Tensor sum, double quantum, double divisor, Tensor g) {
    double[] squares = new double[Optimizer.normBlocks(g.elements())];
    finish("fromFixedPoint", sum, quantum, divisor, g, squares, 0);
  }

  @Override
  public void finish(
      Tensor sum, double quantum, double divisor, Tensor g, double[] squares, int firstBlock) {
    finish("finish", sum, quantum, divisor, g, squares, firstBlock);
  }

  private void finish(
      String what,
      Tensor sum,
      double quantum,
      double divisor,
      Tensor g,
      double[] squares,
      int firstBlock) {
    sum.requireType(what + " sum", DType.I64);
    g.requireType(what + " g", DType.F32);
    g.requireShape(what + " g", sum.shape().extents());
    Quantum unit = Quantum.of(quantum);
    long sums = Addresses.of(what + " sum", sum);
    long values = Addresses.of(what + " g", g);
    split(
        g.elements(),
        (from, to) ->
            squares[firstBlock + (int) (from / Spans.SPAN)] =
                functions.finish(
                    sums + Long.BYTES * from,
                    values + Float.BYTES * from,
                    to - from,
                    unit,
                    divisor),
        sum,
        g);
  }

  @Override
  public boolean throughFixedPoint(Tensor g, double quantum, double divisor) {
    double[] squares = new double[Optimizer.normBlocks(g.elements())];
    return through("throughFixedPoint", g, quantum, divisor, g, squares, 0);
  }

  @Override
  public boolean finishOne(
      Tensor source, double quantum, double divisor, Tensor g, double[] squares, int firstBlock) {
    return through("finishOne", source, quantum, divisor, g, squares, firstBlock);
  }

  private boolean through(
      String what,
      Tensor source,
      double quantum,
      double divisor,
      Tensor g,
      double[] squares,
      int firstBlock) {
    source.requireType(what + " source", DType.F32);
    g.requireType(what + " g", DType.F32);
    g.requireShape(what + " g", source.shape().extents());
    Quantum unit = Quantum.of(quantum);
    float limit = unit.limit(1);
    long sources = Addresses.of(what + " source", source);
    long values = Addresses.of(what + " g", g);
    AtomicBoolean good = new AtomicBoolean(true);
    split(
        g.elements(),
        (from, to) -> {
          double block =
              functions.through(
                  sources + Float.BYTES * from,
                  values + Float.BYTES * from,
                  to - from,
                  unit,
                  divisor,
                  limit);
          squares[firstBlock + (int) (from / Spans.SPAN)] = block;
          if (block == FixedPointCode.OUT_OF_RANGE) {
            good.set(false);
          }
        },
        source,
        g);
    return good.get();
  }

  /** Runs over spans and keeps what the addresses belong to. */
  private void split(long elements, Spans.Body body, Tensor... kept) {
    try {
      Spans.split(team, elements, body);
    } finally {
      Reference.reachabilityFence(kept);
    }
  }
}
