package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.numerics.WideFunctions;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Optional;

/** {@link CrossEntropy} as generated code; each row's one logarithm is Java's. */
final class GeneratedCrossEntropy implements CrossEntropy {
  private final ThreadTeam team;
  private final MethodHandle loss;
  private final MethodHandle gradient;

  /** Makes the code; {@link #obstacle} must be empty. */
  GeneratedCrossEntropy(ThreadTeam team, CodeLoader loader) {
    this.team = team;
    loss = load(loader, false);
    gradient = load(loader, true);
  }

  private static MethodHandle load(CodeLoader loader, boolean gradient) {
    return loader.load(
        new CrossEntropyCode(gradient).assemble(), CrossEntropyCode.SIGNATURE, Arena.global());
  }

  /** Why the code cannot be made; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return GeneratedCode.obstacle(
        loader, new CrossEntropyCode(false).assemble(), new CrossEntropyCode(true).assemble());
  }

  @Override
  public void forwardBackward(Tensor logits_TV, int[] targets_T, double factor, Tensor loss_T) {
    int vocabulary = logits_TV.columns();
    forEachRow(
        logits_TV,
        targets_T,
        loss_T,
        (t, row) -> {
          long first = (long) t * vocabulary;
          if (targets_T[t] < 0) {
            logits_TV.data().asSlice(4 * first, 4L * vocabulary).fill((byte) 0);
            return 0;
          }
          long target = first + targets_T[t];
          float logit = logits_TV.getFloat(target);
          long result = call(gradient, row, vocabulary, (float) factor);
          logits_TV.setFloat(target, logits_TV.getFloat(target) - (float) factor);
          return loss(result, logit);
        });
  }

  @Override
  public void forward(Tensor logits_TV, int[] targets_T, Tensor loss_T) {
    int vocabulary = logits_TV.columns();
    forEachRow(
        logits_TV,
        targets_T,
        loss_T,
        (t, row) -> {
          if (targets_T[t] < 0) {
            return 0;
          }
          float logit = logits_TV.getFloat((long) t * vocabulary + targets_T[t]);
          return loss(call(loss, row, vocabulary, 0), logit);
        });
  }

  /** The loss of row t, whose logits begin at an address. */
  @FunctionalInterface
  private interface RowLoss {
    float of(int t, long row);
  }

  private void forEachRow(Tensor logits_TV, int[] targets_T, Tensor loss_T, RowLoss rowLoss) {
    int vocabulary = logits_TV.columns();
    Sizes.require("crossEntropy logits", logits_TV, targets_T.length, vocabulary);
    Sizes.require("crossEntropy loss", loss_T, targets_T.length);
    for (int target : targets_T) {
      if (target < -1 || target >= vocabulary) {
        throw new IllegalArgumentException(
            "crossEntropy: expected targets below %d, got %d".formatted(vocabulary, target));
      }
    }
    long logits = Addresses.of("crossEntropy logits", logits_TV);
    try {
      team.split(
          targets_T.length,
          Sizes.grain(vocabulary),
          (from, to) -> {
            for (int t = from; t < to; t++) {
              loss_T.setFloat(t, rowLoss.of(t, logits + 4L * t * vocabulary));
            }
          });
    } finally {
      Reference.reachabilityFence(logits_TV);
    }
  }

  private static long call(MethodHandle code, long row, int vocabulary, float factor) {
    try {
      return (long) code.invokeExact(row, (long) vocabulary, factor);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  private static float loss(long result, float logit) {
    float highest = Float.intBitsToFloat((int) result);
    float sum = Float.intBitsToFloat((int) (result >>> 32));
    return highest + WideFunctions.log(sum) - logit;
  }
}
