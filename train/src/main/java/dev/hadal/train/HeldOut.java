package dev.hadal.train;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.stream.IntStream;

/**
 * Which documents are never trained on, neither by the model nor by the tokenizer: those whose
 * SHA-256 of the name in UTF-8, an integer, has a given residue. A document's lot depends on its
 * own name alone, so that a corpus can grow without a held-out document becoming a training
 * document.
 *
 * @param modulus about one document in so many is held out, 2 or more
 * @param residue the residue of those, below the modulus
 */
public record HeldOut(int modulus, int residue) {
  /** One in 400: of the sources of JDK 25.0.3, 45 files. */
  public static final HeldOut STANDARD = new HeldOut(400, 7);

  /** How many documents the rule for smaller collections aims to hold out. */
  private static final int ENOUGH = 10;

  private static final int SMALLEST_MODULUS = 10;

  /** Checks the numbers. */
  public HeldOut {
    if (modulus < 2 || residue < 0 || residue >= modulus) {
      throw new IllegalArgumentException(
          "held-out rule: expected 0 <= residue < modulus and 2 <= modulus, found %d and %d"
              .formatted(residue, modulus));
    }
  }

  /**
   * A division of the documents of a corpus.
   *
   * @param rule by which it was made
   * @param training numbers of documents, ascending
   * @param heldOut the others
   */
  public record Split(HeldOut rule, int[] training, int[] heldOut) {}

  /** Whether a document of this name is held out. */
  public boolean holds(String name) {
    long rest = 0;
    for (byte digit : sha256(name)) {
      rest = (rest << 8 | Byte.toUnsignedInt(digit)) % modulus;
    }
    return rest == residue;
  }

  private static byte[] sha256(String name) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Divides a corpus. From 4,000 documents on the rule is {@link #STANDARD}. Of n fewer the modulus
   * is n / 10, at least 10, which holds out about ten documents. Where that holds out none or all,
   * smaller moduli follow down to 2, then other residues, until both sides have a document.
   *
   * @throws TrainException if there is a single document; see {@link Corpus#divisible}
   */
  public static Split divide(Corpus corpus) {
    int size = corpus.size();
    if (size < 2) {
      throw new TrainException(
          "corpus: %s: expected two documents or more, found %d"
              .formatted(corpus.description(), size));
    }
    int first = Math.clamp(size / ENOUGH, SMALLEST_MODULUS, STANDARD.modulus());
    for (int modulus = first; modulus >= 2; modulus--) {
      Split split = new HeldOut(modulus, STANDARD.residue() % modulus).split(corpus);
      if (split.training().length > 0 && split.heldOut().length > 0) {
        return split;
      }
    }
    for (int modulus = 2; ; modulus++) {
      for (int residue = 0; residue < modulus; residue++) {
        Split split = new HeldOut(modulus, residue).split(corpus);
        if (split.training().length > 0 && split.heldOut().length > 0) {
          return split;
        }
      }
    }
  }

  /** Divides a corpus by this rule, whatever comes of it. */
  public Split split(Corpus corpus) {
    boolean[] held = new boolean[corpus.size()];
    for (int i = 0; i < held.length; i++) {
      held[i] = holds(corpus.name(i));
    }
    int[] training = IntStream.range(0, held.length).filter(i -> !held[i]).toArray();
    int[] heldOut = IntStream.range(0, held.length).filter(i -> held[i]).toArray();
    return new Split(this, training, heldOut);
  }

  @Override
  public String toString() {
    return "sha256(name) mod %d = %d".formatted(modulus, residue);
  }
}
