package dev.hadal.train;

import dev.hadal.train.WindowPlan.Piece;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Best-fit packing (Ding et al. 2024, "Fewer truncations improve language modeling"): documents
 * that fit into a sequence stay whole if they can, so that a model rarely sees a text without its
 * beginning. A sequence takes the longest whole document, then the longest that fits the gap, and
 * so on, until none fits. No padding is allowed, so the gap that is left is filled
 *
 * <ol>
 *   <li>with the head of a document longer than a sequence, which has to be cut anyhow, best one
 *       whose length leaves a remainder of just the gap when it is cut into full sequences;
 *   <li>else with what is left of such documents, the longest rest that fits or the head of one;
 *   <li>else with the head of a whole document.
 * </ol>
 *
 * When the whole documents are used up, the long ones give full sequences, and their rests are
 * packed in the same way.
 *
 * <p>Every piece but the last of a sequence ends with EOS, so BOS follows EOS and never the middle
 * of a text: a model that has learned to expect BOS anywhere would write it anywhere. Of pieces
 * that begin inside a document the longest is first, where the token before it is the sequence's
 * first input.
 */
final class SequencePacker {
  private final int length;
  private final List<List<Piece>> sequences = new ArrayList<>();
  private final Buckets whole;
  private final Buckets rests;

  /** Documents longer than a sequence, by their length modulo that of a sequence. */
  private final Buckets longer;

  private List<Piece> open = new ArrayList<>();

  /** Pieces by a number from 0 to {@code largest}; of equal ones the first added is first. */
  private static final class Buckets {
    private final List<ArrayDeque<Piece>> pieces = new ArrayList<>();
    private final BitSet present = new BitSet();

    Buckets(int largest) {
      for (int i = 0; i <= largest; i++) {
        pieces.add(new ArrayDeque<>(1));
      }
    }

    void add(int number, Piece piece) {
      pieces.get(number).add(piece);
      present.set(number);
    }

    Piece take(int number) {
      Piece piece = pieces.get(number).remove();
      if (pieces.get(number).isEmpty()) {
        present.clear(number);
      }
      return piece;
    }

    boolean isEmpty() {
      return present.isEmpty();
    }

    /** The largest number of at most {@code limit}, or -1. */
    int atMost(int limit) {
      return present.previousSetBit(limit);
    }

    /** The smallest number of at least {@code limit}, or else the largest. */
    int atLeast(int limit) {
      int found = present.nextSetBit(limit);
      return found >= 0 ? found : present.length() - 1;
    }
  }

  /** A packer of sequences of so many targets. */
  SequencePacker(int length) {
    this.length = length;
    this.whole = new Buckets(length);
    this.rests = new Buckets(length);
    this.longer = new Buckets(length);
  }

  /** The full sequences. */
  List<List<Piece>> sequences() {
    return sequences;
  }

  /** Adds a document or what the window before left of it. */
  void add(Piece piece) {
    if (piece.length() > length) {
      longer.add(piece.length() % length, piece);
    } else if (piece.length() > 0) {
      (piece.from() == 0 ? whole : rests).add(piece.length(), piece);
    }
  }

  /** Packs everything; the last sequence may stay open. */
  void pack() {
    int gap = length;
    while (!whole.isEmpty() || !longer.isEmpty() || !rests.isEmpty()) {
      if (gap == length && whole.isEmpty()) {
        cutLonger();
      }
      Piece next = next(gap);
      open.add(next);
      gap -= next.length();
      if (gap == 0) {
        close();
        gap = length;
      }
    }
  }

  /** The piece that fills a gap, or part of it. */
  private Piece next(int gap) {
    int fitting = whole.atMost(gap);
    if (fitting > 0) {
      return whole.take(fitting);
    }
    if (!longer.isEmpty()) {
      return head(longer.take(longer.atLeast(gap)), gap);
    }
    int rest = rests.atMost(gap);
    if (rest > 0) {
      return rests.take(rest);
    }
    Buckets cut = rests.isEmpty() ? whole : rests;
    return head(cut.take(cut.atMost(length)), gap);
  }

  private Piece head(Piece piece, int tokens) {
    add(piece.after(tokens));
    return piece.head(tokens);
  }

  /** Full sequences from the long documents; what is left of each is a rest. */
  private void cutLonger() {
    while (!longer.isEmpty()) {
      Piece piece = longer.take(longer.atLeast(0));
      while (piece.length() > length) {
        sequences.add(List.of(piece.head(length)));
        piece = piece.after(length);
      }
      add(piece);
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
    int first = 0;
    for (int i = 0; i < open.size(); i++) {
      Piece piece = open.get(i);
      boolean movable = piece.from() > 0 && piece.last();
      if (movable && (open.get(first).from() == 0 || piece.length() > open.get(first).length())) {
        first = i;
      }
    }
    open.addFirst(open.remove(first));
    sequences.add(List.copyOf(open));
    open = new ArrayList<>();
  }
}
