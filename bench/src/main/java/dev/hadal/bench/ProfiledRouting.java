package dev.hadal.bench;

import dev.hadal.kernels.Dispatch;
import dev.hadal.kernels.Gate;
import dev.hadal.kernels.Permutation;
import dev.hadal.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Times the gate, dispatch and combine. */
final class ProfiledRouting {
  private ProfiledRouting() {}

  static Gate of(Gate inner, Stopwatch watch) {
    return new Gate() {
      @Override
      public void route(
          Rule rule,
          Tensor logits_TE,
          Tensor bias_E,
          Tensor scores_TE,
          Tensor index_TK,
          Tensor weight_TK) {
        watch.time(
            "gate.route",
            () -> inner.route(rule, logits_TE, bias_E, scores_TE, index_TK, weight_TK));
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
        watch.time(
            "gate.backward",
            () ->
                inner.backward(
                    rule, scores_TE, index_TK, weight_TK, dweight_TK, dscores_TE, dlogits_TE));
      }

      @Override
      public double balance(
          Rule rule, double alpha, Tensor scores_TE, int[] sequenceOffsets, Tensor dscores_TE) {
        return watch.time(
            "gate.balance",
            () -> inner.balance(rule, alpha, scores_TE, sequenceOffsets, dscores_TE));
      }
    };
  }

  static Permutation of(Permutation inner, Stopwatch watch) {
    return new Permutation() {
      @Override
      public void gather(Tensor x_TD, int[] rows, Tensor out_RD) {
        watch.time("permutation.gather", () -> inner.gather(x_TD, rows, out_RD));
      }

      @Override
      public void combine(
          Tensor rows_RD,
          Dispatch dispatch,
          Tensor index_TK,
          @Nullable Tensor weight_TK,
          @Nullable Tensor base_TD,
          int groups,
          boolean bfloat16,
          Tensor out_TD) {
        watch.time(
            "permutation.combine",
            () ->
                inner.combine(
                    rows_RD, dispatch, index_TK, weight_TK, base_TD, groups, bfloat16, out_TD));
      }

      @Override
      public void scaleRows(Tensor rows_RD, Dispatch dispatch, Tensor weight_TK, Tensor out_RD) {
        watch.time(
            "permutation.scaleRows", () -> inner.scaleRows(rows_RD, dispatch, weight_TK, out_RD));
      }

      @Override
      public void rowDots(Tensor a_RD, Tensor b_RD, Dispatch dispatch, Tensor out_TK) {
        watch.time("permutation.rowDots", () -> inner.rowDots(a_RD, b_RD, dispatch, out_TK));
      }
    };
  }
}
