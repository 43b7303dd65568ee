package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/** {@link SwiGlu}, an element at a time. */
record ReferenceSwiGlu(Arithmetic arithmetic) implements SwiGlu {
  @Override
  public void forward(Tensor gate_TF, Tensor up_TF, Tensor h_TF) {
    long[] extents = gate_TF.shape().extents();
    arithmetic.require("swiGlu.forward gate", gate_TF, extents);
    arithmetic.require("swiGlu.forward up", up_TF, extents);
    arithmetic.require("swiGlu.forward h", h_TF, extents);
    for (long i = 0; i < gate_TF.elements(); i++) {
      double gate = arithmetic.load(gate_TF, i);
      double silu = arithmetic.mul(gate, arithmetic.sigmoid(gate));
      arithmetic.store(h_TF, i, arithmetic.mul(silu, arithmetic.load(up_TF, i)));
    }
  }

  @Override
  public void backward(Tensor gate_TF, Tensor up_TF, Tensor dh_TF, Tensor dgate_TF, Tensor dup_TF) {
    long[] extents = gate_TF.shape().extents();
    arithmetic.require("swiGlu.backward gate", gate_TF, extents);
    arithmetic.require("swiGlu.backward up", up_TF, extents);
    arithmetic.require("swiGlu.backward dh", dh_TF, extents);
    arithmetic.require("swiGlu.backward dgate", dgate_TF, extents);
    arithmetic.require("swiGlu.backward dup", dup_TF, extents);
    for (long i = 0; i < gate_TF.elements(); i++) {
      double gate = arithmetic.load(gate_TF, i);
      double up = arithmetic.load(up_TF, i);
      double dh = arithmetic.load(dh_TF, i);
      double s = arithmetic.sigmoid(gate);
      double slope = arithmetic.mul(s, arithmetic.fma(gate, arithmetic.sub(1, s), 1));
      arithmetic.store(dup_TF, i, arithmetic.mul(dh, arithmetic.mul(gate, s)));
      arithmetic.store(dgate_TF, i, arithmetic.mul(arithmetic.mul(dh, up), slope));
    }
  }
}
