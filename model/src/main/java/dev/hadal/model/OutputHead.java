package dev.hadal.model;

import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The output head and its cross-entropy, a slice of tokens at a time, so that [T, V] logits are
 * never in memory. Slices do not change bits: rows are independent, and the weight gradient goes on
 * adding where the slice before stopped. Letters: T tokens, D model width, V vocabulary, C tokens
 * of a slice.
 */
final class OutputHead {
  /** What a pass over all tokens gave: the sum of losses, and how many targets ranked first. */
  record Result(double loss, long correct) {}

  /** Where logits are looked at. */
  @FunctionalInterface
  interface LogitsTrace {
    /** Logits of the rows from {@code firstRow} on. */
    void logits(int firstRow, Tensor logits_CV);
  }

  private static final long SLICE_ELEMENTS = 1L << 24;

  private final Linear linear;
  private final LayerContext context;

  OutputHead(Parameters parameters, LayerContext context) {
    this.linear =
        new Linear(
            parameters.get(ParameterNames.HEAD), LinearKind.outsideBlocks(context.precision()));
    this.context = context;
  }

  List<Linear> linears() {
    return List.of(linear);
  }

  /** Tokens of a slice; even, as products of BF16 pairs that go on adding demand. */
  static int sliceRows(int vocabulary) {
    return Math.clamp(SLICE_ELEMENTS / vocabulary, 64, 1024) / 2 * 2;
  }

  /** Losses only. */
  Result evaluate(Tensor x_TD, int[] targets_T, LogitsTrace trace) {
    Workspace.Mark mark = context.scratch().mark();
    Tensor loss_T = context.scratch().take(context.type(), x_TD.rows());
    long correct = 0;
    int rows = sliceRows(linear.outputs());
    for (int from = 0; from < x_TD.rows(); from += rows) {
      int to = Math.min(from + rows, x_TD.rows());
      Workspace.Mark slice = context.scratch().mark();
      int[] targets = java.util.Arrays.copyOfRange(targets_T, from, to);
      Tensor logits_CV = logits(operand(x_TD.slice(from, to)));
      trace.logits(from, logits_CV);
      correct += correct(logits_CV, targets);
      context.kernels().crossEntropy().forward(logits_CV, targets, loss_T.slice(from, to));
      context.scratch().release(slice);
    }
    Result result = new Result(sum(loss_T), correct);
    context.scratch().release(mark);
    return result;
  }

  /**
   * Losses and gradients.
   *
   * @param factor weight of this use of the head in the loss
   * @param dx_TD set
   */
  Result forwardBackward(
      Tensor x_TD, int[] targets_T, double factor, Tensor dx_TD, GradientSink sink) {
    Workspace scratch = context.scratch();
    Workspace.Mark mark = scratch.mark();
    Kernels kernels = context.kernels();
    MatMul matMul = kernels.matMul();
    Tensor loss_T = scratch.take(context.type(), x_TD.rows());
    Tensor dweight_VD = scratch.take(context.type(), linear.outputs(), linear.inputs());
    long correct = 0;
    int rows = sliceRows(linear.outputs());
    for (int from = 0; from < x_TD.rows(); from += rows) {
      int to = Math.min(from + rows, x_TD.rows());
      Workspace.Mark slice = scratch.mark();
      int[] targets = java.util.Arrays.copyOfRange(targets_T, from, to);
      Matrix x = operand(x_TD.slice(from, to));
      Tensor logits_CV = logits(x);
      correct += correct(logits_CV, targets);
      kernels.crossEntropy().forwardBackward(logits_CV, targets, factor, loss_T.slice(from, to));
      Matrix dlogits = operand(logits_CV);
      MatMul.Packed packed = matMul.pack(x, MatMul.Contraction.ROWS, scratch);
      matMul.multiplyAll(
          List.of(
              linear.backwardInput(dlogits, dx_TD.slice(from, to), false),
              new MatMul.Job(dlogits, true, packed, new Matrix.Dense(dweight_VD), from > 0)));
      scratch.release(slice);
    }
    sink.accept(linear.weight(), dweight_VD);
    Result result = new Result(sum(loss_T), correct);
    scratch.release(mark);
    return result;
  }

  private Matrix operand(Tensor x) {
    return context.operands().rows(linear.kind(), x, context.scratch());
  }

  private Tensor logits(Matrix x) {
    Tensor logits_CV = context.scratch().take(context.type(), x.rows(), linear.outputs());
    context.kernels().matMul().multiply(linear.forward(x, logits_CV));
    return logits_CV;
  }

  /**
   * Rows in which no logit exceeds the target's; the search in a row ends at the first that does.
   */
  private long correct(Tensor logits_CV, int[] targets) {
    AtomicLong correct = new AtomicLong();
    int vocabulary = logits_CV.columns();
    boolean wide = logits_CV.dtype() == DType.F64;
    context
        .kernels()
        .team()
        .split(
            targets.length,
            16,
            (from, to) -> {
              long found = 0;
              for (int row = from; row < to; row++) {
                long first = (long) row * vocabulary;
                found += ranksFirst(logits_CV, wide, first, vocabulary, targets[row]) ? 1 : 0;
              }
              correct.addAndGet(found);
            });
    return correct.get();
  }

  private static boolean ranksFirst(
      Tensor logits, boolean wide, long first, int vocabulary, int target) {
    if (wide) {
      double best = logits.getDouble(first + target);
      for (int v = 0; v < vocabulary; v++) {
        if (logits.getDouble(first + v) > best) {
          return false;
        }
      }
      return true;
    }
    float best = logits.getFloat(first + target);
    for (int v = 0; v < vocabulary; v++) {
      if (logits.getFloat(first + v) > best) {
        return false;
      }
    }
    return true;
  }

  private static double sum(Tensor loss_T) {
    double sum = 0;
    for (int t = 0; t < loss_T.rows(); t++) {
      sum += loss_T.dtype() == DType.F64 ? loss_T.getDouble(t) : loss_T.getFloat(t);
    }
    return sum;
  }
}
