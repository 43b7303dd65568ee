package dev.hadal.kernels;

import static dev.hadal.kernels.LatentAttention.BLOCK;
import static dev.hadal.kernels.LatentAttention.PARTITION;
import static dev.hadal.kernels.LatentLayout.LANES;
import static dev.hadal.kernels.LatentLayout.STATE;
import static dev.hadal.kernels.LatentLayout.VECTOR;

import dev.hadal.kernels.LatentFrame.Field;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Latent attention of one group over the cache by generated code, with what one member needs. */
final class LatentWalk {
  private final LatentFrame frame = new LatentFrame();
  private final NativeBuffer queries = new NativeBuffer();
  private final NativeBuffer scores = new NativeBuffer();
  private final NativeBuffer columns = new NativeBuffer();
  private final NativeBuffer states = new NativeBuffer();

  /** The arguments of a call. */
  record Call(
      LatentFunctions functions,
      int heads,
      float scale,
      Tensor q,
      List<LatentAttention.Query> queries,
      Tensor out) {
    LatentLayout layout() {
      return functions.layout();
    }

    /** Bytes of a partition's state of so many vectors of columns, with their outputs. */
    long stateBytes(int vectors) {
      return (long) vectors * (STATE + (long) LANES * layout().outRow());
    }
  }

  static int vectors(LatentGroup group) {
    return (group.columns() + LANES - 1) / LANES;
  }

  /** Walks all partitions of a group and writes its result. */
  void whole(Call call, LatentGroup group) {
    prepare(call, group);
    long bytes = call.stateBytes(vectors(group));
    MemorySegment both = states.of(2 * bytes);
    MemorySegment total = both.asSlice(0, bytes);
    MemorySegment next = both.asSlice(bytes, bytes);
    walk(call, group, 0, total);
    for (int partition = 1; partition < group.partitions(); partition++) {
      walk(call, group, partition, next);
      merge(call, group, total, next);
    }
    write(call, group, total);
  }

  /** Walks one partition. */
  void part(Call call, LatentGroup group, int partition, MemorySegment state) {
    prepare(call, group);
    walk(call, group, partition, state);
  }

  /** Lays out the queries, and how far each column may look into the last block. */
  private void prepare(Call call, LatentGroup group) {
    int vectors = vectors(group);
    LatentLayout layout = call.layout();
    long row = (long) layout.width() * Float.BYTES;
    // Distances of the rows of q, limits of the last block, limits of the others.
    MemorySegment tables = columns.of(3L * VECTOR * vectors);
    long base = (long) group.firstQuery() * call.heads + group.firstHead();
    for (int c = 0; c < LANES * vectors; c++) {
      boolean used = c < group.columns();
      long at = used ? (long) group.query(c) * call.heads + group.head(c) - base : 0;
      int limit = used ? call.queries.get(group.query(c)).position() % BLOCK : 0;
      tables.set(Tensor.INT, 4L * c, Math.toIntExact(at * row));
      tables.set(Tensor.INT, (long) vectors * VECTOR + 4L * c, limit);
      tables.set(Tensor.INT, 2L * vectors * VECTOR + 4L * c, BLOCK - 1);
    }
    MemorySegment words = queries.of((long) layout.queryBytes() * vectors);
    long from = call.q.data().address() + base * row;
    for (int v = 0; v < vectors; v++) {
      int used = Math.min(LANES, group.columns() - LANES * v);
      call.functions.queries(
          from,
          tables.address() + (long) VECTOR * v,
          words.address() + (long) layout.queryBytes() * v,
          (1L << used) - 1);
    }
  }

  private void walk(Call call, LatentGroup group, int partition, MemorySegment state) {
    int vectors = vectors(group);
    LatentLayout layout = call.layout();
    start(state, vectors);
    long limits = columns.of(0).address() + (long) VECTOR * vectors;
    int first = partition * (PARTITION / BLOCK);
    int last = Math.min(group.lastBlock(), first + PARTITION / BLOCK - 1);
    long block = block(group.cache(), first, layout);
    for (int b = first; b <= last; b++) {
      long next = b < last ? block(group.cache(), b + 1, layout) : block;
      frame.set(Field.VECTORS, vectors);
      frame.set(Field.QUERIES, queries.of(0).address());
      frame.set(Field.BLOCK, block);
      frame.set(Field.NEXT, next);
      frame.set(Field.SCORES, scores.of(LatentLayout.SCORES).address());
      frame.set(Field.STATE, state.address());
      frame.set(Field.OUT, state.address() + (long) STATE * vectors);
      frame.set(Field.LIMITS, b == group.lastBlock() ? limits : limits + (long) VECTOR * vectors);
      frame.set(Field.SCALE, Float.floatToRawIntBits(call.scale));
      call.functions.block(frame);
      block = next;
    }
  }

  /** Maxima of minus infinity, everything else zero. */
  private static void start(MemorySegment state, int vectors) {
    state.fill((byte) 0);
    for (int v = 0; v < vectors; v++) {
      for (int lane = 0; lane < LANES; lane++) {
        state.set(Tensor.FLOAT, (long) STATE * v + 4L * lane, Float.NEGATIVE_INFINITY);
      }
    }
  }

  private static long block(LatentAttention.Cache cache, int index, LatentLayout layout) {
    Tensor block = cache.block(index);
    block.requireShape("latentAttention cache block", BLOCK, layout.width());
    block.requireType(
        "latentAttention cache block", layout.kind() == OperandKind.DENSE ? DType.F32 : DType.BF16);
    return Addresses.of("latentAttention", block);
  }

  /** Takes the next partition into a state. */
  void merge(Call call, LatentGroup group, MemorySegment total, MemorySegment next) {
    int vectors = vectors(group);
    frame.set(Field.VECTORS, vectors);
    frame.set(Field.STATE, total.address());
    frame.set(Field.OUT, total.address() + (long) STATE * vectors);
    frame.set(Field.OTHER_STATE, next.address());
    frame.set(Field.OTHER_OUT, next.address() + (long) STATE * vectors);
    call.functions.merge(frame);
  }

  /** Writes a group's outputs. */
  void write(Call call, LatentGroup group, MemorySegment state) {
    LatentLayout layout = call.layout();
    long sums = state.address() + LatentLayout.SUM;
    long outs = state.address() + (long) STATE * vectors(group);
    for (int c = 0; c < group.columns(); c++) {
      long row = (long) group.query(c) * call.heads + group.head(c);
      call.functions.divide(
          outs + (long) layout.outRow() * c,
          sums + (long) STATE * (c / LANES) + 4L * (c % LANES),
          call.out.data().address() + row * layout.latent() * Float.BYTES);
    }
  }
}
