package dev.hadal.train;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The sequences that begin in one window of a pass.
 *
 * <p>{@link SequencePacker} says how they are packed. The last sequence is filled from the first
 * records of the next window, which packs the rest of them.
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
    SequencePacker packer = new SequencePacker(length);
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
    int[] order = SeededOrder.of(seed, SeededOrder.SEQUENCES + first, packer.sequences().size());
    List<List<Piece>> sequences = IntStream.of(order).mapToObj(packer.sequences()::get).toList();
    return new WindowPlan(first, sequences);
  }

  private static Piece whole(TokenShards shards, int record) {
    return new Piece(record, 0, shards.length(record) + TokenShards.ENDS, true);
  }
}
