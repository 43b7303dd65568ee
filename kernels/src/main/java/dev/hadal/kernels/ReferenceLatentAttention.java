package dev.hadal.kernels;

import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.List;

/** {@link LatentAttention}, a query at a time. */
record ReferenceLatentAttention(Arithmetic arithmetic) implements LatentAttention {
  @Override
  public void forward(
      int heads,
      int latent,
      int rope,
      double scale,
      boolean bfloat16,
      Tensor q,
      List<Query> queries,
      Tensor out) {
    int width = latent + rope;
    arithmetic.require("latentAttention q", q, queries.size(), (long) heads * width);
    arithmetic.require("latentAttention out", out, queries.size(), (long) heads * latent);
    Call call = new Call(arithmetic, heads, latent, width, arithmetic.round(scale), bfloat16);
    for (int t = 0; t < queries.size(); t++) {
      Query query = queries.get(t);
      if (query.position() < 0) {
        throw new IllegalArgumentException(
            "latentAttention: negative position " + query.position());
      }
      double[] operand = call.operand(arithmetic.row(q, t));
      ReferenceSoftmax[] total = call.partition(operand, query, 0);
      for (int from = PARTITION; from <= query.position(); from += PARTITION) {
        ReferenceSoftmax[] next = call.partition(operand, query, from);
        for (int h = 0; h < heads; h++) {
          total[h].merge(next[h]);
        }
      }
      for (int h = 0; h < heads; h++) {
        long at = ((long) t * heads + h) * latent;
        arithmetic.store(total[h].result(), 0, out, at, latent);
      }
    }
  }

  /**
   * What the queries of a call share.
   *
   * @param width C + R
   */
  private record Call(
      Arithmetic arithmetic, int heads, int latent, int width, double scale, boolean bfloat16) {

    /** Elements from one head's query, or one cached row, to the next: even. */
    int stride() {
      return (width + 1) & -2;
    }

    /** The query of each head as an operand. */
    double[] operand(double[] row) {
      double[] operand = new double[heads * stride()];
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < width; i++) {
          operand[h * stride() + i] = arithmetic.operand(row[h * width + i], bfloat16);
        }
      }
      return operand;
    }

    /** Each head's recurrence over the partition that starts at a position. */
    ReferenceSoftmax[] partition(double[] operand, Query query, int from) {
      ReferenceSoftmax[] states = new ReferenceSoftmax[heads];
      for (int h = 0; h < heads; h++) {
        states[h] = new ReferenceSoftmax(arithmetic, scale, bfloat16, latent);
      }
      int depth = bfloat16 ? stride() : width;
      int last = Math.min(query.position(), from + PARTITION - 1);
      for (int first = from; first <= last; first += BLOCK) {
        double[] block = read(query.cache().block(first / BLOCK));
        ReferenceSoftmax.Rows rows = new ReferenceSoftmax.Rows(block, 0, stride());
        int visible = Math.min(BLOCK, query.position() + 1 - first);
        for (int h = 0; h < heads; h++) {
          states[h].block(operand, h * stride(), depth, rows, rows, visible);
        }
      }
      return states;
    }

    private double[] read(Tensor block) {
      block.requireShape("latentAttention cache block", BLOCK, width);
      boolean narrow = block.dtype() == DType.BF16;
      if (!narrow) {
        block.requireType("latentAttention cache block", arithmetic.type());
      }
      double[] rows = new double[BLOCK * stride()];
      for (int r = 0; r < BLOCK; r++) {
        for (int i = 0; i < width; i++) {
          long at = (long) r * width + i;
          rows[r * stride() + i] =
              narrow
                  ? BFloat16.decode(block.data().get(Tensor.SHORT, 2 * at))
                  : arithmetic.load(block, at);
        }
      }
      return rows;
    }
  }
}
