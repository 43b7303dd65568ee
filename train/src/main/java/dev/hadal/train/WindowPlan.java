package dev.hadal.train;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The sequences that begin in one window of a pass.
 *
 * <p>Best-fit packing (Ding et al. 2024, "Fewer truncations improve language modeling"): documents
 * that fit into a sequence stay whole if they can, so that a model rarely sees a text without its
 * beginning. A document longer than a sequence gives full sequences of its own from its beginning;
 * what remains of it, and whole documents, are the pool. A sequence takes the longest piece of the
 * pool that fits, then the longest that fits the gap, and so on. Here no padding is allowed, so
 * where none fits, the head of the longest piece is cut off to fill the gap, and the last sequence
 * is filled from the first records of the next window, which packs the rest of them.
 *
 * <p>Every piece but the last of a sequence ends with EOS, so BOS follows EOS and never the middle
 * of a text; of pieces that begin inside a document the longest is first, where the token before it
 * is the sequence's first input.
 *
 * @param first number of the first sequence
 * @param sequences pieces of each sequence, in an order that spreads neighbours
 */
record WindowPlan(long first, List<List<Piece>> sequences) {

  /**
   * Tokens {@code from} to {@code to - 1} of a record between BOS, token 0, and EOS, its last.
   *
   * @param last whether it ends with EOS
   */
  record Piece(int record, int from, int to, boolean last) {
    int length() {
      return to - from;
    }

    Piece head(int tokens) {
      return new Piece(record, from, from + tokens, false);
    }

    Piece after(int tokens) {
      return new Piece(record, from + tokens, to, last);
    }
  }

  /**
   * Packs a window.
   *
   * @param nextEpoch the epoch of the window that follows
   */
  static WindowPlan of(
      TokenShards shards,
      long seed,
      int length,
      EpochPlan epoch,
      int window,
      EpochPlan nextEpoch,
      int nextWindow) {
    long first = Math.ceilDiv(epoch.windowTokens()[window], (long) length);
    long end = Math.ceilDiv(epoch.windowTokens()[window + 1], (long) length);
    long taken = first * length - epoch.windowTokens()[window];
    long missing = end * length - epoch.windowTokens()[window + 1];
    Packer packer = new Packer(length);
    for (int i = epoch.windowRecords()[window]; i < epoch.windowRecords()[window + 1]; i++) {
      Piece whole = whole(shards, epoch.order()[i]);
      int before = (int) Math.min(taken, whole.length());
      taken -= before;
      packer.add(whole.after(before));
    }
    packer.pack();
    List<Piece> filling = new ArrayList<>();
    for (int i = nextEpoch.windowRecords()[nextWindow]; missing > 0; i++) {
      Piece whole = whole(shards, nextEpoch.order()[i]);
      int tokens = (int) Math.min(missing, whole.length());
      filling.add(tokens == whole.length() ? whole : whole.head(tokens));
      missing -= tokens;
    }
    packer.fill(filling);
    int[] order = SeededOrder.of(seed, SeededOrder.SEQUENCES + first, packer.sequences.size());
    List<List<Piece>> sequences = IntStream.of(order).mapToObj(packer.sequences::get).toList();
    return new WindowPlan(first, sequences);
  }

  private static Piece whole(TokenShards shards, int record) {
    return new Piece(record, 0, shards.length(record) + TokenShards.ENDS, true);
  }

  /** Makes sequences of pieces. */
  private static final class Packer {
    private final int length;
    private final List<List<Piece>> sequences = new ArrayList<>();
    private final List<ArrayDeque<Piece>> pool = new ArrayList<>();
    private final BitSet present = new BitSet();
    private List<Piece> open = new ArrayList<>();

    Packer(int length) {
      this.length = length;
      for (int i = 0; i <= length; i++) {
        pool.add(new ArrayDeque<>(0));
      }
    }

    /** Takes full sequences from the beginning, the rest into the pool. */
    void add(Piece piece) {
      Piece rest = piece;
      while (rest.length() > length) {
        sequences.add(List.of(rest.head(length)));
        rest = rest.after(length);
      }
      put(rest);
    }

    private void put(Piece piece) {
      if (piece.length() > 0) {
        pool.get(piece.length()).add(piece);
        present.set(piece.length());
      }
    }

    /** The longest piece in the pool of at most so many tokens is at this length, or -1. */
    private int longest(int limit) {
      return present.previousSetBit(limit);
    }

    private Piece take(int tokens) {
      Piece piece = pool.get(tokens).remove();
      if (pool.get(tokens).isEmpty()) {
        present.clear(tokens);
      }
      return piece;
    }

    /** Empties the pool; the last sequence may stay open. */
    void pack() {
      int gap = length;
      while (!present.isEmpty()) {
        int fitting = longest(gap);
        if (fitting > 0) {
          open.add(take(fitting));
          gap -= fitting;
        } else {
          Piece cut = take(longest(length));
          open.add(cut.head(gap));
          put(cut.after(gap));
          gap = 0;
        }
        if (gap == 0) {
          close();
          gap = length;
        }
      }
    }

    /** Fills the open sequence. */
    void fill(List<Piece> pieces) {
      if (!pieces.isEmpty()) {
        open.addAll(pieces);
        close();
      }
    }

    private void close() {
      for (int i = 1; i < open.size(); i++) {
        Piece piece = open.get(i);
        if (piece.from() > 0 && piece.last()) {
          // The longest are in front already, unless one begins a document.
          if (open.getFirst().from() == 0) {
            open.remove(i);
            open.addFirst(piece);
          }
          break;
        }
      }
      sequences.add(List.copyOf(open));
      open = new ArrayList<>();
    }
  }
}
