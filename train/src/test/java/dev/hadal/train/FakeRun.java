package dev.hadal.train;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Records that look like those of a run: a noisy falling loss, evaluations, loads, samples. */
final class FakeRun {
  /** Text that must never reach a terminal or a page as it is. */
  static final String HOSTILE =
      "</script><img src=x onerror=alert(1)>\u001b[2J\u001b]0;title\u0007 \u0000\u0085\u202e"
          + " \ud800 \udc00 & \" ' ` ${x} <!-- ]]> \u2028 \u00e9 \ud83d\ude00\tend\r\nnext\n";

  private FakeRun() {}

  /** Steps 1 to {@code steps} of 4,096 tokens; 4 layers of 16 experts route. */
  static List<StepRecord> of(int steps, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<StepRecord> records = new ArrayList<>();
    double seconds = 0;
    for (int step = 1; step <= steps; step++) {
      double share = (double) step / steps;
      double loss = 2.1 + 6.2 * StrictMath.exp(-step / (0.06 * steps + 3)) - 0.35 * share;
      loss *= 1 + 0.035 * random.nextGaussian();
      boolean skipped = steps > 100 && step == steps / 3;
      double speed = 21_500 * (1 + 0.05 * random.nextGaussian()) * (step < 5 ? 0.6 : 1);
      seconds += 4096 / speed;
      boolean evaluates = step % 50 == 0 || step == steps;
      records.add(
          new StepRecord(
              step,
              4096L * step,
              4096L * steps,
              0,
              learningRate(share),
              loss,
              loss * 1.12 + 0.2,
              1e-4 * (1 + 0.1 * random.nextGaussian()),
              skipped
                  ? Double.POSITIVE_INFINITY
                  : 0.8 * StrictMath.exp(0.3 * random.nextGaussian()) + 6 / (1 + step / 10.0),
              0.2 + 1.6 * StrictMath.exp(-6 * share) + 0.05 * random.nextDouble(),
              0.72 * (1 - StrictMath.exp(-4 * share)) + 0.01 * random.nextDouble(),
              skipped,
              seconds,
              speed,
              speed / 70_000,
              step % 10 == 0 || step == steps ? loads(random, share) : null,
              evaluates ? new HeldOutScore(loss * 120_000 * 0.98, 120_000, 400_000, 37) : null,
              evaluates
                  ? new StepRecord.Sample(
                      "public int size() {\n",
                      step % 200 == 0
                          ? HOSTILE
                          : "    return elements.size();\n  }\n\n  // step " + step + "\n")
                  : null));
    }
    return records;
  }

  private static double learningRate(double share) {
    return share < 0.05
        ? 3e-3 * share / 0.05
        : share < 0.6 ? 3e-3 : 3e-4 + 1.35e-3 * (1 + StrictMath.cos(Math.PI * (share - 0.6) / 0.4));
  }

  private static long[][] loads(SplittableRandom random, double share) {
    long[][] loads = new long[4][16];
    for (int layer = 0; layer < 4; layer++) {
      double[] weights = new double[16];
      double sum = 0;
      for (int expert = 0; expert < 16; expert++) {
        double bias = StrictMath.sin(3.7 * expert + layer) * 1.5 * StrictMath.exp(-5 * share);
        weights[expert] = StrictMath.exp(bias + 0.12 * random.nextGaussian());
        sum += weights[expert];
      }
      for (int expert = 0; expert < 16; expert++) {
        loads[layer][expert] = StrictMath.round(8192 * weights[expert] / sum);
      }
    }
    return loads;
  }
}
