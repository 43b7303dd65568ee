package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.broadcast;
import static dev.hadal.kernels.Simd.load;
import static dev.hadal.kernels.Simd.store;

import dev.hadal.numerics.ElementaryFunctions;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** {@link SwiGlu} with lanes along elements. */
final class VectorSwiGlu implements SwiGlu {
  /** Elements whose operands stay in the innermost cache between two passes. */
  private static final int PIECE = 512;

  private final ThreadTeam team;

  VectorSwiGlu(ThreadTeam team) {
    this.team = team;
  }

  @Override
  public void forward(Tensor gate_TF, Tensor up_TF, Tensor h_TF) {
    long[] extents = gate_TF.shape().extents();
    Sizes.require("swiGlu.forward gate", gate_TF, extents);
    Sizes.require("swiGlu.forward up", up_TF, extents);
    Sizes.require("swiGlu.forward h", h_TF, extents);
    Spans.split(
        team,
        gate_TF.elements(),
        () -> {
          float[] sigmoids = new float[PIECE];
          return (from, to) -> {
            for (long at = from; at < to; at += PIECE) {
              int n = (int) Math.min(PIECE, to - at);
              sigmoids(gate_TF.data(), 4 * at, n, sigmoids);
              products(gate_TF.data(), up_TF.data(), h_TF.data(), 4 * at, n, sigmoids);
            }
          };
        });
  }

  private static void products(
      MemorySegment gate, MemorySegment up, MemorySegment h, long base, int n, float[] sigmoids) {
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      FloatVector s = FloatVector.fromArray(Simd.FLOATS, sigmoids, i);
      FloatVector active = load(gate, base + 4L * i).mul(s);
      store(active.mul(load(up, base + 4L * i)), h, base + 4L * i);
    }
    for (; i < n; i++) {
      long at = base + 4L * i;
      float active = gate.get(Tensor.FLOAT, at) * sigmoids[i];
      h.set(Tensor.FLOAT, at, active * up.get(Tensor.FLOAT, at));
    }
  }

  @Override
  public void backward(Tensor gate_TF, Tensor up_TF, Tensor dh_TF, Tensor dgate_TF, Tensor dup_TF) {
    long[] extents = gate_TF.shape().extents();
    Sizes.require("swiGlu.backward gate", gate_TF, extents);
    Sizes.require("swiGlu.backward up", up_TF, extents);
    Sizes.require("swiGlu.backward dh", dh_TF, extents);
    Sizes.require("swiGlu.backward dgate", dgate_TF, extents);
    Sizes.require("swiGlu.backward dup", dup_TF, extents);
    Spans.split(
        team,
        gate_TF.elements(),
        () -> {
          float[] gradients = new float[PIECE];
          return (from, to) -> {
            for (long at = from; at < to; at += PIECE) {
              int n = (int) Math.min(PIECE, to - at);
              MemorySegment gate = gate_TF.data();
              sigmoids(gate, 4 * at, n, gradients);
              gradients(gate, dh_TF.data(), up_TF.data(), dup_TF.data(), 4 * at, n, gradients);
              MemorySegment.copy(gradients, 0, dgate_TF.data(), Tensor.FLOAT, 4 * at, n);
            }
          };
        });
  }

  /** Turns sigmoids into the gate's gradients and sets those of up. */
  private static void gradients(
      MemorySegment gate,
      MemorySegment dh,
      MemorySegment up,
      MemorySegment dup,
      long base,
      int n,
      float[] dgate) {
    FloatVector one = broadcast(1);
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      FloatVector g = load(gate, base + 4L * i);
      FloatVector d = load(dh, base + 4L * i);
      FloatVector s = FloatVector.fromArray(Simd.FLOATS, dgate, i);
      FloatVector slope = s.mul(g.fma(one.sub(s), one));
      d.mul(load(up, base + 4L * i)).mul(slope).intoArray(dgate, i);
      store(d.mul(g.mul(s)), dup, base + 4L * i);
    }
    for (; i < n; i++) {
      long at = base + 4L * i;
      float g = gate.get(Tensor.FLOAT, at);
      float d = dh.get(Tensor.FLOAT, at);
      float s = dgate[i];
      dgate[i] = d * up.get(Tensor.FLOAT, at) * (s * Math.fma(g, 1 - s, 1f));
      dup.set(Tensor.FLOAT, at, d * (g * s));
    }
  }

  private static void sigmoids(MemorySegment gate, long base, int n, float[] s) {
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      VectorMath.sigmoid(load(gate, base + 4L * i)).intoArray(s, i);
    }
    for (; i < n; i++) {
      s[i] = ElementaryFunctions.sigmoid(gate.get(Tensor.FLOAT, base + 4L * i));
    }
  }
}
