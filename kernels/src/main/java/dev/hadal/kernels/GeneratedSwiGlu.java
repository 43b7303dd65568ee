package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.Tensor;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Optional;

/** {@link SwiGlu} as generated code. */
final class GeneratedSwiGlu implements SwiGlu {
  private final ThreadTeam team;
  private final Later<MethodHandle> forward;
  private final Later<MethodHandle> backward;

  /** Makes the code; {@link #obstacle} must be empty. */
  GeneratedSwiGlu(ThreadTeam team, CodeLoader loader) {
    this.team = team;
    forward = GeneratedCode.function(loader, SwiGluCode.FORWARD, SwiGluCode::forward);
    backward = GeneratedCode.function(loader, SwiGluCode.BACKWARD, SwiGluCode::backward);
  }

  /** Why the code cannot be made; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return GeneratedCode.obstacle(loader, SwiGluCode.forward(), SwiGluCode.backward());
  }

  @Override
  public void forward(Tensor gate_TF, Tensor up_TF, Tensor h_TF) {
    long[] extents = gate_TF.shape().extents();
    Sizes.require("swiGlu.forward gate", gate_TF, extents);
    Sizes.require("swiGlu.forward up", up_TF, extents);
    Sizes.require("swiGlu.forward h", h_TF, extents);
    long gate = Addresses.of("swiGlu.forward gate", gate_TF);
    long up = Addresses.of("swiGlu.forward up", up_TF);
    long h = Addresses.of("swiGlu.forward h", h_TF);
    try {
      Spans.split(
          team,
          gate_TF.elements(),
          (from, to) -> forward(gate + 4 * from, up + 4 * from, h + 4 * from, to - from));
    } finally {
      Reference.reachabilityFence(gate_TF);
      Reference.reachabilityFence(up_TF);
      Reference.reachabilityFence(h_TF);
    }
  }

  private void forward(long gate, long up, long h, long count) {
    try {
      forward.get().invokeExact(gate, up, h, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
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
    long gate = Addresses.of("swiGlu.backward gate", gate_TF);
    long up = Addresses.of("swiGlu.backward up", up_TF);
    long dh = Addresses.of("swiGlu.backward dh", dh_TF);
    long dgate = Addresses.of("swiGlu.backward dgate", dgate_TF);
    long dup = Addresses.of("swiGlu.backward dup", dup_TF);
    try {
      Spans.split(
          team,
          gate_TF.elements(),
          (from, to) -> {
            long at = 4 * from;
            backward(gate + at, up + at, dh + at, dgate + at, dup + at, to - from);
          });
    } finally {
      Reference.reachabilityFence(gate_TF);
      Reference.reachabilityFence(up_TF);
      Reference.reachabilityFence(dh_TF);
      Reference.reachabilityFence(dgate_TF);
      Reference.reachabilityFence(dup_TF);
    }
  }

  private void backward(long gate, long up, long dh, long dgate, long dup, long count) {
    try {
      backward.get().invokeExact(gate, up, dh, dgate, dup, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
