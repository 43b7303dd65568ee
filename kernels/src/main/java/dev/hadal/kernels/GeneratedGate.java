package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.Optional;

/**
 * {@link Gate}: scores and their gradients as generated code. Choosing is a scan of a token's few
 * hundred scores with comparisons that depend on each other; it stays Java ({@link GateChoice}).
 */
final class GeneratedGate implements Gate {
  /** Elements of a call over several rows. */
  private static final long CALL = 1 << 14;

  private final ThreadTeam team;
  private final Later<MethodHandle> sigmoids;
  private final Later<MethodHandle> softmax;
  private final Later<MethodHandle> sigmoidGradients;
  private final Later<MethodHandle> softmaxGradients;
  private final Later<MethodHandle> balance;
  private final NativeBuffer factors = new NativeBuffer();

  /** Makes the code; {@link #obstacle} must be empty. */
  GeneratedGate(ThreadTeam team, CodeLoader loader) {
    this.team = team;
    sigmoids = GeneratedCode.function(loader, GateCode.SCORES, GateCode::sigmoids);
    softmax = GeneratedCode.function(loader, GateCode.SCORES, GateCode::softmax);
    sigmoidGradients =
        GeneratedCode.function(loader, GateCode.GRADIENTS, GateCode::sigmoidGradients);
    softmaxGradients =
        GeneratedCode.function(loader, GateCode.GRADIENTS, GateCode::softmaxGradients);
    balance = GeneratedCode.function(loader, GateCode.BALANCE, GateCode::balance);
  }

  /** Why the code of scores and gradients cannot be made; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return GeneratedCode.obstacle(
        loader,
        GateCode.sigmoids(),
        GateCode.softmax(),
        GateCode.sigmoidGradients(),
        GateCode.softmaxGradients(),
        GateCode.balance());
  }

  @Override
  public void route(
      Rule rule,
      Tensor logits_TE,
      Tensor bias_E,
      Tensor scores_TE,
      Tensor index_TK,
      Tensor weight_TK) {
    int tokens = logits_TE.rows();
    int experts = rule.experts();
    ReferenceGate.requireRoute(
        Arithmetic.FP32, rule, logits_TE, bias_E, scores_TE, index_TK, weight_TK);
    long logits = Addresses.of("gate.route logits", logits_TE);
    long scores = Addresses.of("gate.route scores", scores_TE);
    float[] bias = bias_E.toFloats();
    try {
      team.split(
          tokens,
          Sizes.grain(experts),
          (from, to) -> {
            switch (rule.scoring()) {
              case SIGMOID -> rows(sigmoids.get(), logits, scores, from, to, experts);
              case SOFTMAX -> eachRow(softmax.get(), logits, scores, from, to, experts);
            }
            GateChoice choice = new GateChoice(rule, bias);
            float[] row = new float[experts];
            for (int t = from; t < to; t++) {
              GateSteps.read(scores_TE, t, row);
              choice.choose(row);
              choice.write(t, row, index_TK, weight_TK);
            }
          });
    } finally {
      Reference.reachabilityFence(logits_TE);
      Reference.reachabilityFence(scores_TE);
    }
  }

  @Override
  public void backward(
      Rule rule,
      Tensor scores_TE,
      Tensor index_TK,
      Tensor weight_TK,
      Tensor dweight_TK,
      Tensor dscores_TE,
      Tensor dlogits_TE) {
    int tokens = scores_TE.rows();
    int experts = rule.experts();
    ReferenceGate.requireBackward(
        Arithmetic.FP32, rule, scores_TE, index_TK, weight_TK, dweight_TK, dscores_TE, dlogits_TE);
    long scores = Addresses.of("gate.backward scores", scores_TE);
    long dlogits = Addresses.of("gate.backward dlogits", dlogits_TE);
    try {
      team.split(
          tokens,
          Sizes.grain(experts),
          (from, to) -> {
            int block = Sizes.grain(experts);
            for (int t = from; t < to; t += block) {
              int end = Math.min(to, t + block);
              long at = (long) Float.BYTES * t * experts;
              long bytes = (long) Float.BYTES * (end - t) * experts;
              MemorySegment.copy(dscores_TE.data(), at, dlogits_TE.data(), at, bytes);
              addWeightGradients(rule, scores_TE, index_TK, dweight_TK, dlogits_TE, t, end);
              switch (rule.scoring()) {
                case SIGMOID -> rows(sigmoidGradients.get(), dlogits, scores, t, end, experts);
                case SOFTMAX -> eachRow(softmaxGradients.get(), dlogits, scores, t, end, experts);
              }
            }
          });
    } finally {
      Reference.reachabilityFence(scores_TE);
      Reference.reachabilityFence(dlogits_TE);
    }
  }

  /** Adds what tokens [from, to) get through their weights to the gradients of their scores. */
  private static void addWeightGradients(
      Rule rule,
      Tensor scores_TE,
      Tensor index_TK,
      Tensor dweight_TK,
      Tensor dscores_TE,
      int from,
      int to) {
    int chosen = rule.chosen();
    float[] scores = new float[chosen];
    float[] gradients = new float[chosen];
    for (int t = from; t < to; t++) {
      long row = (long) t * rule.experts();
      for (int k = 0; k < chosen; k++) {
        scores[k] = scores_TE.getFloat(row + expert(rule, index_TK, t, k));
      }
      GateSteps.read(dweight_TK, t, gradients);
      GateSteps.throughWeights(rule, scores, gradients);
      for (int k = 0; k < chosen; k++) {
        long at = row + expert(rule, index_TK, t, k);
        dscores_TE.setFloat(at, dscores_TE.getFloat(at) + gradients[k]);
      }
    }
  }

  private static int expert(Rule rule, Tensor index_TK, int token, int slot) {
    int expert = index_TK.getInt((long) token * rule.chosen() + slot);
    return Objects.checkIndex(expert, rule.experts());
  }

  /** Calls a function for rows [from, to) as if they were one. */
  private static void rows(MethodHandle function, long x, long y, int from, int to, int columns) {
    long end = (long) to * columns;
    for (long at = (long) from * columns; at < end; at += CALL) {
      call(function, x + Float.BYTES * at, y + Float.BYTES * at, Math.min(CALL, end - at));
    }
  }

  private static void eachRow(
      MethodHandle function, long x, long y, int from, int to, int columns) {
    for (int t = from; t < to; t++) {
      long row = (long) Float.BYTES * t * columns;
      call(function, x + row, y + row, columns);
    }
  }

  private static void call(MethodHandle function, long x, long y, long count) {
    try {
      function.invokeExact(x, y, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  @Override
  public double balance(
      Rule rule, double alpha, Tensor scores_TE, int[] sequenceOffsets, Tensor dscores_TE) {
    int tokens = scores_TE.rows();
    int experts = rule.experts();
    Sizes.require("gate.balance scores", scores_TE, tokens, experts);
    Sizes.require("gate.balance dscores", dscores_TE, tokens, experts);
    requireOffsets(sequenceOffsets, tokens);
    long scores = Addresses.of("gate.balance scores", scores_TE);
    long dscores = Addresses.of("gate.balance dscores", dscores_TE);
    int[] highest = GateSteps.highest(team, rule, scores_TE);
    MemorySegment row = factors.of((long) Float.BYTES * experts);
    double total = 0;
    try {
      for (int s = 0; s + 1 < sequenceOffsets.length; s++) {
        int start = sequenceOffsets[s];
        int end = sequenceOffsets[s + 1];
        float[] content = GateSteps.balanceFactors(rule, alpha, highest, start, end);
        MemorySegment.copy(content, 0, row, Tensor.FLOAT, 0, experts);
        float[] losses = new float[end - start];
        team.split(
            end - start,
            Sizes.grain(experts),
            (from, to) -> {
              for (int t = from; t < to; t++) {
                long at = (long) Float.BYTES * (start + t) * experts;
                losses[t] = balanceRow(scores + at, row.address(), dscores + at, experts);
              }
            });
        for (float loss : losses) {
          total += loss;
        }
      }
    } finally {
      Reference.reachabilityFence(scores_TE);
      Reference.reachabilityFence(dscores_TE);
      Reference.reachabilityFence(row);
    }
    return total;
  }

  private static void requireOffsets(int[] offsets, int tokens) {
    for (int s = 0; s + 1 < offsets.length; s++) {
      if (offsets[s] < 0 || offsets[s + 1] < offsets[s] || offsets[s + 1] > tokens) {
        throw new IllegalArgumentException(
            "gate.balance: sequence %d is tokens %d to %d of %d"
                .formatted(s, offsets[s], offsets[s + 1], tokens));
      }
    }
  }

  private float balanceRow(long scores, long factors, long gradients, long count) {
    try {
      return (float) balance.get().invokeExact(scores, factors, gradients, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
