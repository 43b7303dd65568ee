package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.kernels.CausalAttention.Geometry;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Prints how fast causal attention is; run by hand, with {@code -Dgenerated=true} for the generated
 * one. Arguments: threads, then positions.
 */
final class CausalAttentionSpeed {
  private CausalAttentionSpeed() {}

  public static void main(String[] args) {
    int threads = Integer.parseInt(args[0]);
    SpinningTeam team = new SpinningTeam(threads);
    CausalAttention attention =
        Boolean.getBoolean("generated")
            ? new GeneratedCausalAttention(
                team,
                CodeLoader.ofThisMachine(),
                () -> new ReferenceCausalAttention(Arithmetic.FP32))
            : new VectorCausalAttention(team);
    for (int i = 1; i < args.length; i++) {
      int positions = Integer.parseInt(args[i]);
      for (boolean bfloat16 : new boolean[] {true, false}) {
        measure(attention, new Geometry(4, 48, 16, 48, 0.125, bfloat16), positions);
        measure(attention, new Geometry(4, 64, 32, 64, 0.1, bfloat16), positions);
        measure(attention, new Geometry(4, 128, 64, 128, 0.07, bfloat16), positions);
      }
    }
    System.exit(0);
  }

  private static void measure(CausalAttention attention, Geometry geometry, int positions) {
    int sequences = Math.max(1, 2048 / positions);
    int tokens = sequences * positions;
    int[] offsets = new int[sequences + 1];
    Arrays.setAll(offsets, s -> s * positions);
    int key = geometry.nope() + geometry.rope();
    int value = geometry.value();
    int heads = geometry.heads();
    try (Arena arena = Arena.ofShared()) {
      Tensor q = random(arena, tokens, heads * key);
      Tensor kv = random(arena, tokens, heads * (geometry.nope() + value));
      Tensor kRope = random(arena, tokens, geometry.rope());
      Tensor out = random(arena, tokens, heads * value);
      Tensor lse = random(arena, tokens, heads);
      Tensor dout = random(arena, tokens, heads * value);
      Tensor dq = random(arena, tokens, heads * key);
      Tensor dkv = random(arena, tokens, heads * (geometry.nope() + value));
      Tensor dkRope = random(arena, tokens, geometry.rope());
      double blocks = (positions + 63) / 64;
      double pairs = 64 * 64 * blocks * (blocks + 1) / 2 * sequences * heads;
      double forward = seconds(() -> attention.forward(geometry, q, kv, kRope, offsets, out, lse));
      double backward =
          seconds(
              () ->
                  attention.backward(
                      geometry, q, kv, kRope, offsets, out, lse, dout, dq, dkv, dkRope));
      double forwardWork = 2e-9 * pairs * (key + value);
      double backwardWork = 2e-9 * pairs * (3 * key + 2 * value);
      System.out.printf(
          Locale.ROOT,
          "%s %5d %3d+%d,%d forward %6.1f backward %6.1f both %6.1f GFLOP/s%n",
          geometry.bfloat16() ? "bf16" : "fp32",
          positions,
          geometry.nope(),
          geometry.rope(),
          value,
          forwardWork / forward,
          backwardWork / backward,
          (forwardWork + backwardWork) / (forward + backward));
    }
  }

  private static Tensor random(Arena arena, int rows, int columns) {
    Tensor x = Tensor.allocate(arena, DType.F32, rows, columns);
    Random random = new Random(1);
    for (long i = 0; i < x.elements(); i++) {
      x.setFloat(i, (float) random.nextGaussian());
    }
    return x;
  }

  private static double seconds(Runnable body) {
    double best = Double.POSITIVE_INFINITY;
    long end = System.nanoTime() + 600_000_000L;
    do {
      long begin = System.nanoTime();
      body.run();
      best = Math.min(best, (System.nanoTime() - begin) * 1e-9);
    } while (System.nanoTime() < end);
    return best;
  }
}
