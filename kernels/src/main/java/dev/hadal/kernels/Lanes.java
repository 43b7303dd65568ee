package dev.hadal.kernels;

import dev.hadal.assembler.Destination;
import dev.hadal.assembler.Memory;
import dev.hadal.assembler.MemoryDestination;
import dev.hadal.assembler.Vector;
import dev.hadal.assembler.WriteMask;
import org.jspecify.annotations.Nullable;

/**
 * One vector of a loop over elements: all its lanes, or the first ones under a mask where the
 * elements end.
 *
 * @param index of the vector among those that the loop's pointers cover at once, from 0
 * @param mask the lanes that exist; null for all
 */
record Lanes(int index, @Nullable WriteMask mask) {
  /** A register whose lanes without an element become zero. */
  <V extends Vector<V>> Destination<V> fill(V register) {
    return mask == null ? register : register.zeroing(mask);
  }

  /** A register whose lanes without an element stay. */
  <V extends Vector<V>> Destination<V> keep(V register) {
    return mask == null ? register : register.merging(mask);
  }

  /** Memory of which only what has an element is written. */
  MemoryDestination in(Memory memory) {
    return mask == null ? memory : memory.merging(mask);
  }

  /** The same vector under another mask, if it is under one. */
  Lanes under(WriteMask other) {
    return mask == null ? this : new Lanes(index, other);
  }
}
