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
  private final ThreadTeam team;

  VectorSwiGlu(ThreadTeam team) {
    this.team = team;
  }

  @Override
  public void forward(Tensor gate_TF, Tensor up_TF, Tensor h_TF) {
    long[] extents = gate_TF.shape().extents();
    Simd.require("swiGlu.forward gate", gate_TF, extents);
    Simd.require("swiGlu.forward up", up_TF, extents);
    Simd.require("swiGlu.forward h", h_TF, extents);
    Spans.split(
        team,
        gate_TF.elements(),
        (from, to) -> forwardSpan(gate_TF.data(), up_TF.data(), h_TF.data(), from, to));
  }

  private static void forwardSpan(
      MemorySegment gate, MemorySegment up, MemorySegment h, long from, long to) {
    long i = from;
    for (; i <= to - WIDTH; i += WIDTH) {
      FloatVector g = load(gate, 4 * i);
      store(g.mul(VectorMath.sigmoid(g)).mul(load(up, 4 * i)), h, 4 * i);
    }
    for (; i < to; i++) {
      float g = gate.get(Tensor.FLOAT, 4 * i);
      float s = ElementaryFunctions.sigmoid(g);
      h.set(Tensor.FLOAT, 4 * i, g * s * up.get(Tensor.FLOAT, 4 * i));
    }
  }

  @Override
  public void backward(Tensor gate_TF, Tensor up_TF, Tensor dh_TF, Tensor dgate_TF, Tensor dup_TF) {
    long[] extents = gate_TF.shape().extents();
    Simd.require("swiGlu.backward gate", gate_TF, extents);
    Simd.require("swiGlu.backward up", up_TF, extents);
    Simd.require("swiGlu.backward dh", dh_TF, extents);
    Simd.require("swiGlu.backward dgate", dgate_TF, extents);
    Simd.require("swiGlu.backward dup", dup_TF, extents);
    Spans.split(
        team,
        gate_TF.elements(),
        () -> {
          float[] slope = new float[Spans.SPAN];
          return (from, to) -> {
            int n = (int) (to - from);
            MemorySegment dup = dup_TF.data();
            slopes(gate_TF.data(), dh_TF.data(), up_TF.data(), dup, 4 * from, n, slope);
            MemorySegment.copy(slope, 0, dgate_TF.data(), Tensor.FLOAT, 4 * from, n);
          };
        });
  }

  private static void slopes(
      MemorySegment gate,
      MemorySegment dh,
      MemorySegment up,
      MemorySegment dup,
      long base,
      int n,
      float[] dgate) {
    sigmoids(gate, base, n, dgate);
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
