package dev.hadal.model;

import dev.hadal.kernels.Dispatch;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The routed experts of all layers that are in memory: slots of one size, filled by positioned
 * reads. A full pool gives up the expert that the gates chose least lately ({@link
 * RoutingFrequency}).
 *
 * <p>A layer asks once its gate has chosen. Reads of what is missing begin before what is present
 * is multiplied, and go on while one expert after another, ascending, is multiplied as it comes.
 * Only so many are read ahead at once: a long prompt, which needs nearly all experts of each layer,
 * passes through a few slots and leaves the hot experts in the others. Which expert goes where is a
 * function of what was asked for, not of the time that reads take.
 *
 * <p>Products are the same whatever slot an expert is in and whichever products run beside it; the
 * sum over experts is taken when all are done.
 */
final class ExpertPool implements AutoCloseable {
  /** Experts that are read ahead, unless one row needs more: enough to keep a disk busy. */
  private static final int AHEAD = 8;

  /** At most one slot of so many is read ahead into: the others are the hot experts'. */
  private static final int SHARE = 4;

  private final PositionedReads reads;
  private final Workspace memory;
  private final RoutingFrequency frequency;
  private final List<Slot> slots = new ArrayList<>();
  private final @Nullable Slot[][] places;
  private final long slotBytes;
  private long asked;
  private long found;

  /** The memory of one expert. */
  private static final class Slot {
    private final MemorySegment memory;
    private @Nullable StreamedExperts layer;
    private int expert;
    private PositionedReads.@Nullable Pending pending;
    private @Nullable RoutedExpert loaded;
    private boolean needed;

    Slot(MemorySegment memory) {
      this.memory = memory;
    }

    /** Whether another expert may be read into it. */
    boolean isFree() {
      return !needed && (pending == null || pending.ended());
    }
  }

  /**
   * An empty pool.
   *
   * @param reads of the file; stay the caller's
   * @param layers with routed experts
   * @param experts of each
   * @param count of slots
   * @param slotBytes of one
   */
  ExpertPool(PositionedReads reads, int layers, int experts, int count, long slotBytes) {
    this.reads = reads;
    this.slotBytes = slotBytes;
    this.frequency = new RoutingFrequency(layers, experts);
    this.places = new Slot[layers][experts];
    this.memory = new Workspace("expert slots", Math.multiplyExact(slotBytes, (long) count));
    memory.reserve(slotBytes * count);
    Tensor all = memory.take(DType.U8, count, slotBytes);
    for (int i = 0; i < count; i++) {
      slots.add(new Slot(all.data().asSlice(i * slotBytes, slotBytes)));
    }
  }

  /** Any slot's memory, to see whether an expert fits into one. */
  MemorySegment sample() {
    return slots.getFirst().memory;
  }

  /** See {@link RoutedWeights#handOver}. */
  void handOver(StreamedExperts layer, Dispatch dispatch, Consumer<List<RoutedExpert>> part) {
    frequency.add(layer.index(), dispatch);
    List<Slot> present = new ArrayList<>();
    List<RoutedExpert> experts = new ArrayList<>();
    Deque<Integer> missing = new ArrayDeque<>();
    for (int e = 0; e < dispatch.experts(); e++) {
      if (dispatch.load(e) == 0) {
        continue;
      }
      Slot slot = places[layer.index()][e];
      if (slot == null || slot.loaded == null) {
        missing.add(e);
      } else {
        slot.needed = true;
        present.add(slot);
        experts.add(slot.loaded);
      }
    }
    asked += present.size() + missing.size();
    found += present.size();
    Deque<Slot> coming = new ArrayDeque<>();
    int ahead = Math.clamp(slots.size() / SHARE, 1, Math.max(AHEAD, dispatch.chosen()));
    try {
      readAhead(layer, missing, coming, ahead);
      part.accept(experts);
      present.forEach(slot -> slot.needed = false);
      while (!missing.isEmpty() || !coming.isEmpty()) {
        readAhead(layer, missing, coming, ahead);
        if (coming.isEmpty()) {
          throw new ModelException("experts: no slot is free, reads that failed do not end");
        }
        Slot next = coming.getFirst();
        part.accept(List.of(loaded(next)));
        next.needed = false;
        coming.removeFirst();
      }
    } finally {
      present.forEach(slot -> slot.needed = false);
      coming.forEach(this::forget);
    }
  }

  /** Begins to read the next missing experts, as far as there are slots for them. */
  private void readAhead(
      StreamedExperts layer, Deque<Integer> missing, Deque<Slot> coming, int most) {
    while (!missing.isEmpty() && coming.size() < most) {
      Slot slot = coldest();
      if (slot == null) {
        return;
      }
      leave(slot);
      slot.layer = layer;
      slot.expert = missing.removeFirst();
      slot.needed = true;
      coming.add(slot);
      slot.pending = reads.begin(layer.parts(slot.expert, slot.memory));
    }
  }

  /** An empty slot, else that of the expert that was chosen least lately. */
  private @Nullable Slot coldest() {
    Slot coldest = null;
    for (Slot slot : slots) {
      if (!slot.isFree()) {
        continue;
      }
      StreamedExperts layer = slot.layer;
      if (layer == null) {
        return slot;
      }
      StreamedExperts other = coldest == null ? null : coldest.layer;
      if (coldest == null
          || other == null
          || frequency.isColder(layer.index(), slot.expert, other.index(), coldest.expert)) {
        coldest = slot;
      }
    }
    return coldest;
  }

  private void leave(Slot slot) {
    StreamedExperts layer = slot.layer;
    if (layer != null) {
      places[layer.index()][slot.expert] = null;
    }
    slot.layer = null;
    slot.loaded = null;
  }

  private RoutedExpert loaded(Slot slot) {
    PositionedReads.Pending pending = slot.pending;
    StreamedExperts layer = slot.layer;
    if (pending == null || layer == null) {
      throw new IllegalStateException("experts: a slot that nothing is read into");
    }
    pending.await();
    RoutedExpert loaded = layer.restore(slot.expert, slot.memory);
    slot.loaded = loaded;
    places[layer.index()][slot.expert] = slot;
    return loaded;
  }

  /** After a failure: what came of it does not count. */
  private void forget(Slot slot) {
    if (slot.pending != null) {
      slot.pending.awaitEnd();
    }
    leave(slot);
    slot.needed = false;
  }

  /** What was asked for and found. */
  ExpertStatistics statistics(PositionedReads.Progress before) {
    PositionedReads.Progress now = reads.progress();
    return new ExpertStatistics(
        Math.multiplyExact(places.length, places.length == 0 ? 0 : places[0].length),
        slots.size(),
        slotBytes,
        asked,
        found,
        now.bytes() - before.bytes(),
        now.nanos() - before.nanos());
  }

  @Override
  public void close() {
    memory.close();
  }
}
