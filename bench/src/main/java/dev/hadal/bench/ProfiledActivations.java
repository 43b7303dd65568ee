package dev.hadal.bench;

import dev.hadal.kernels.CrossEntropy;
import dev.hadal.kernels.Elementwise;
import dev.hadal.kernels.Embedding;
import dev.hadal.kernels.RmsNorm;
import dev.hadal.kernels.RotaryEmbedding;
import dev.hadal.kernels.SwiGlu;
import dev.hadal.tensor.Tensor;

/** Times what works row by row: norms, activation, positions, embedding, loss, sums. */
final class ProfiledActivations {
  private ProfiledActivations() {}

  static RmsNorm of(RmsNorm inner, Stopwatch watch) {
    return new RmsNorm() {
      @Override
      public void forward(Tensor x_TD, Tensor w_D, double eps, Tensor y_TD, Tensor r_T) {
        watch.time("rmsNorm.forward", () -> inner.forward(x_TD, w_D, eps, y_TD, r_T));
      }

      @Override
      public void backwardInput(
          Tensor x_TD, Tensor w_D, Tensor r_T, Tensor dy_TD, Tensor dx_TD, boolean add) {
        watch.time(
            "rmsNorm.backwardInput", () -> inner.backwardInput(x_TD, w_D, r_T, dy_TD, dx_TD, add));
      }

      @Override
      public void backwardWeight(Tensor x_TD, Tensor r_T, Tensor dy_TD, Tensor dw_D) {
        watch.time("rmsNorm.backwardWeight", () -> inner.backwardWeight(x_TD, r_T, dy_TD, dw_D));
      }
    };
  }

  static SwiGlu of(SwiGlu inner, Stopwatch watch) {
    return new SwiGlu() {
      @Override
      public void forward(Tensor gate_TF, Tensor up_TF, Tensor h_TF) {
        watch.time("swiGlu.forward", () -> inner.forward(gate_TF, up_TF, h_TF));
      }

      @Override
      public void backward(
          Tensor gate_TF, Tensor up_TF, Tensor dh_TF, Tensor dgate_TF, Tensor dup_TF) {
        watch.time(
            "swiGlu.backward", () -> inner.backward(gate_TF, up_TF, dh_TF, dgate_TF, dup_TF));
      }
    };
  }

  static RotaryEmbedding of(RotaryEmbedding inner, Stopwatch watch) {
    return (x, heads, headStride, offset, cos_PR2, sin_PR2, positions_T, inverse) ->
        watch.time(
            "rotaryEmbedding.rotate",
            () ->
                inner.rotate(x, heads, headStride, offset, cos_PR2, sin_PR2, positions_T, inverse));
  }

  static Elementwise of(Elementwise inner, Stopwatch watch) {
    return new Elementwise() {
      @Override
      public void add(Tensor a, Tensor b, Tensor out) {
        watch.time("elementwise.add", () -> inner.add(a, b, out));
      }

      @Override
      public void copyColumns(Tensor from, int fromColumn, Tensor to, int toColumn, int columns) {
        watch.time(
            "elementwise.copyColumns",
            () -> inner.copyColumns(from, fromColumn, to, toColumn, columns));
      }
    };
  }

  static Embedding of(Embedding inner, Stopwatch watch) {
    return new Embedding() {
      @Override
      public void forward(Tensor table_VD, int[] ids_T, boolean bfloat16, Tensor out_TD) {
        watch.time("embedding.forward", () -> inner.forward(table_VD, ids_T, bfloat16, out_TD));
      }

      @Override
      public void backward(Tensor dout_TD, int[] ids_T, Tensor dtable_VD) {
        watch.time("embedding.backward", () -> inner.backward(dout_TD, ids_T, dtable_VD));
      }
    };
  }

  static CrossEntropy of(CrossEntropy inner, Stopwatch watch) {
    return new CrossEntropy() {
      @Override
      public void forwardBackward(Tensor logits_TV, int[] targets_T, double factor, Tensor loss_T) {
        watch.time(
            "crossEntropy.forwardBackward",
            () -> inner.forwardBackward(logits_TV, targets_T, factor, loss_T));
      }

      @Override
      public void forward(Tensor logits_TV, int[] targets_T, Tensor loss_T) {
        watch.time("crossEntropy.forward", () -> inner.forward(logits_TV, targets_T, loss_T));
      }
    };
  }
}
