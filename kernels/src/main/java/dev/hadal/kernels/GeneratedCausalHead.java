package dev.hadal.kernels;

import static dev.hadal.kernels.CausalLayout.BLOCK;

import dev.hadal.kernels.CausalFrame.Field;
import dev.hadal.numerics.WideFunctions;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Generated causal attention of one head over one sequence, with the memory that one thread needs
 * for it: operands in the forms of {@link CausalLayout}, then one call for each pair of blocks.
 */
final class GeneratedCausalHead {
  private final CausalFrame frame = new CausalFrame();
  private final CausalOperand queries = new CausalOperand();
  private final CausalOperand keys = new CausalOperand();
  private final CausalOperand values = new CausalOperand();
  private final CausalOperand douts = new CausalOperand();
  private final NativeBuffer scores = new NativeBuffer();
  private final NativeBuffer state = new NativeBuffer();
  private final NativeBuffer out = new NativeBuffer();
  private final NativeBuffer dqueries = new NativeBuffer();
  private final NativeBuffer dkeys = new NativeBuffer();
  private final NativeBuffer dvalues = new NativeBuffer();

  /**
   * One head of one sequence.
   *
   * @param from the sequence's first row
   * @param to the row after its last
   * @param head which
   */
  record Item(int from, int to, int head) {
    int length() {
      return to - from;
    }

    int blocks() {
      return Math.ceilDiv(length(), BLOCK);
    }

    /** Rows of a block that exist. */
    int rows(int block) {
      return Math.min(BLOCK, length() - block * BLOCK);
    }

    /** The first row of a block. */
    int row(int block) {
      return from + block * BLOCK;
    }
  }

  /** The operands and results of forward; the tensors are F32, of the right sizes, native. */
  record Forward(
      CausalAttention.Geometry geometry,
      CausalFunctions functions,
      Tensor q,
      Tensor kv,
      Tensor kRope,
      Tensor out,
      Tensor lse) {
    long query(Tensor like, int row, int head) {
      return address(like, row, head * (geometry.nope() + geometry.rope()));
    }

    long key(Tensor like, int row, int head) {
      return address(like, row, head * (geometry.nope() + geometry.value()));
    }

    long value(Tensor like, int row, int head) {
      return key(like, row, head) + (long) geometry.nope() * Float.BYTES;
    }

    long output(Tensor like, int row, int head) {
      return address(like, row, head * geometry.value());
    }
  }

  /**
   * What backward needs beyond that.
   *
   * @param ropeParts [H, T, R]: each head's gradient of the shared rotated keys
   */
  record Backward(Forward forward, Tensor dout, Tensor dq, Tensor dkv, MemorySegment ropeParts) {
    long ropePart(int row, int head) {
      int rope = forward.geometry.rope();
      long at = ((long) head * forward.q.rows() + row) * rope;
      return ropeParts.address() + at * Float.BYTES;
    }
  }

  private static long stride(Tensor x) {
    return (long) x.columns() * Float.BYTES;
  }

  private static long address(Tensor x, int row, int column) {
    return x.data().address() + row * stride(x) + (long) column * Float.BYTES;
  }

  /** Forward of one item. */
  void forward(Forward tensors, Item item) {
    CausalFunctions functions = tensors.functions;
    CausalLayout layout = functions.layout();
    read(tensors, item, false);
    MemorySegment sums = out.of(layout.sums(layout.value()));
    MemorySegment softmax = state.of(CausalForwardCode.STATE);
    frame.set(Field.SCALE, (float) tensors.geometry.scale());
    frame.set(Field.SCORES, scores.of(layout.block(BLOCK)).address());
    frame.set(Field.STATE, softmax.address());
    frame.set(Field.OUT, sums.address());
    for (int i = 0; i < item.blocks(); i++) {
      start(softmax);
      sums.asSlice(0, layout.sums(layout.value())).fill((byte) 0);
      frame.set(Field.QUERIES, queries.rows(i));
      for (int j = 0; j <= i; j++) {
        frame.set(Field.KEYS, keys.across(j));
        frame.set(Field.VALUES, values.pairs(j));
        functions.forward(frame, i == j);
      }
      finish(tensors, item, i, softmax, sums);
    }
  }

  private static void start(MemorySegment softmax) {
    for (long at = 0; at < CausalForwardCode.SUM; at += Float.BYTES) {
      softmax.set(Tensor.FLOAT, CausalForwardCode.MAXIMUM + at, Float.NEGATIVE_INFINITY);
      softmax.set(Tensor.FLOAT, CausalForwardCode.SUM + at, 0);
    }
  }

  /** Writes a block's outputs and log-sums. */
  private static void finish(
      Forward tensors, Item item, int block, MemorySegment softmax, MemorySegment sums) {
    int rows = item.rows(block);
    int first = item.row(block);
    for (int r = 0; r < rows; r++) {
      long at = (long) CausalForwardCode.STATE_ROW * r;
      float maximum = softmax.get(Tensor.FLOAT, CausalForwardCode.MAXIMUM + at);
      float sum = softmax.get(Tensor.FLOAT, CausalForwardCode.SUM + at);
      long row = (long) (first + r) * tensors.geometry.heads() + item.head;
      tensors.lse.setFloat(row, maximum + WideFunctions.log(sum));
      softmax.set(Tensor.FLOAT, CausalForwardCode.SHRINK + at, 1 / sum);
    }
    tensors.functions.scaledRows(
        sums.address(),
        softmax.address() + CausalForwardCode.SHRINK,
        tensors.output(tensors.out, first, item.head),
        stride(tensors.out),
        rows);
  }

  /** The head's queries, keys and values as operands; rows up to a multiple of 64 are zero. */
  private void read(Forward tensors, Item item, boolean backward) {
    CausalFunctions functions = tensors.functions;
    CausalLayout layout = functions.layout();
    int blocks = item.blocks();
    queries.reserve(layout, layout.key(), blocks, false, backward);
    keys.reserve(layout, layout.key(), blocks, true, backward);
    values.reserve(layout, layout.value(), blocks, backward, !backward);
    for (int b = 0; b < blocks; b++) {
      int rows = item.rows(b);
      int row = item.row(b);
      functions.queryRows(
          tensors.query(tensors.q, row, item.head), stride(tensors.q), queries.rows(b), rows);
      functions.keyRows(
          tensors.key(tensors.kv, row, item.head),
          stride(tensors.kv),
          address(tensors.kRope, row, 0),
          stride(tensors.kRope),
          keys.rows(b),
          rows);
      functions.valueRows(
          tensors.value(tensors.kv, row, item.head), stride(tensors.kv), values.rows(b), rows);
      if (rows < BLOCK) {
        queries.clear(b, rows);
        keys.clear(b, rows);
        values.clear(b, rows);
      }
      functions.keyAcross(keys.rows(b), keys.across(b));
      if (backward) {
        functions.valueAcross(values.rows(b), values.across(b));
        pairs(functions, queries, b, true);
        pairs(functions, keys, b, true);
      } else {
        pairs(functions, values, b, false);
      }
    }
  }

  private static void pairs(CausalFunctions functions, CausalOperand operand, int b, boolean key) {
    if (!functions.layout().paired()) {
      return;
    }
    if (key) {
      functions.keyPairs(operand.rows(b), operand.pairs(b));
    } else {
      functions.valuePairs(operand.rows(b), operand.pairs(b));
    }
  }

  /** Backward of one item. */
  void backward(Backward tensors, Item item) {
    Forward forward = tensors.forward;
    CausalFunctions functions = forward.functions;
    CausalLayout layout = functions.layout();
    read(forward, item, true);
    MemorySegment sums = state.of((long) CausalBackwardCode.STATE * item.blocks());
    readGradients(tensors, item, sums);
    long keyBlock = layout.sums(layout.key());
    MemorySegment query = dqueries.of(keyBlock * item.blocks());
    MemorySegment key = dkeys.of(keyBlock);
    MemorySegment value = dvalues.of(layout.sums(layout.value()));
    query.asSlice(0, keyBlock * item.blocks()).fill((byte) 0);
    frame.set(Field.SCALE, (float) forward.geometry.scale());
    frame.set(Field.SCORES, scores.of(CausalBackwardCode.SCORES).address());
    frame.set(Field.DKEYS, key.address());
    frame.set(Field.DVALUES, value.address());
    for (int j = 0; j < item.blocks(); j++) {
      frame.set(Field.KEYS, keys.across(j));
      frame.set(Field.KEY_PAIRS, keys.pairs(j));
      frame.set(Field.VALUES_ACROSS, values.across(j));
      for (int i = j; i < item.blocks(); i++) {
        frame.set(Field.QUERIES, queries.rows(i));
        frame.set(Field.QUERY_PAIRS, queries.pairs(i));
        frame.set(Field.DOUTS, douts.rows(i));
        frame.set(Field.DOUT_PAIRS, douts.pairs(i));
        frame.set(Field.STATE, sums.address() + (long) CausalBackwardCode.STATE * i);
        frame.set(Field.DQUERIES, query.address() + keyBlock * i);
        functions.backward(frame, i == j);
      }
      int row = item.row(j);
      int rows = item.rows(j);
      functions.writeKeys(
          key.address(),
          forward.key(tensors.dkv, row, item.head),
          stride(tensors.dkv),
          tensors.ropePart(row, item.head),
          (long) forward.geometry.rope() * Float.BYTES,
          rows);
      functions.writeValues(
          value.address(), forward.value(tensors.dkv, row, item.head), stride(tensors.dkv), rows);
      // Later keys give the queries of this block nothing.
      functions.writeQueries(
          query.address() + keyBlock * j,
          forward.query(tensors.dq, row, item.head),
          stride(tensors.dq),
          rows);
    }
  }

  /** Output gradients as operands, and each block's log-sums and deltas. */
  private void readGradients(Backward tensors, Item item, MemorySegment sums) {
    Forward forward = tensors.forward;
    CausalFunctions functions = forward.functions;
    CausalLayout layout = functions.layout();
    douts.reserve(layout, layout.value(), item.blocks(), false, true);
    for (int b = 0; b < item.blocks(); b++) {
      int rows = item.rows(b);
      int row = item.row(b);
      long gradients = forward.output(tensors.dout, row, item.head);
      functions.valueRows(gradients, stride(tensors.dout), douts.rows(b), rows);
      if (rows < BLOCK) {
        douts.clear(b, rows);
      }
      pairs(functions, douts, b, false);
      MemorySegment block =
          sums.asSlice((long) CausalBackwardCode.STATE * b, CausalBackwardCode.STATE);
      block.fill((byte) 0);
      for (int r = 0; r < BLOCK; r++) {
        long at = (long) (row + r) * forward.geometry.heads() + item.head;
        block.set(
            Tensor.FLOAT,
            (long) Float.BYTES * r,
            r < rows ? forward.lse.getFloat(at) : Float.POSITIVE_INFINITY);
      }
      functions.valueDots(
          gradients,
          forward.output(forward.out, row, item.head),
          stride(forward.out),
          block.address() + CausalBackwardCode.DELTA,
          rows);
    }
  }
}
