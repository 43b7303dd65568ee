package dev.hadal.train;

import dev.hadal.numerics.RandomStream;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Turns a text into token ids, plain and with its middle at the end.
 *
 * <p>Fill-in-the-middle (Bavarian et al. 2022, "Efficient training of language models to fill in
 * the middle"; DeepSeek-V3 report §4.1): a text is cut at two random places, and the model reads
 * prefix, suffix, middle. Who asks for a completion has the cursor anywhere, also inside a word, so
 * the places are between any two characters, and the three parts are encoded anew, each as a text
 * of its own: exactly the ids that a prompt of the same parts has. That makes the length of the
 * result unknown until it is encoded, and so it is done here, once, before packing, and not when a
 * sequence is read.
 *
 * <p>A chosen document longer than a sequence is first cut at line ends into parts that fit one,
 * each a document of its own: a middle whose prefix and suffix are in other sequences teaches
 * nothing.
 */
final class DocumentEncoder {
  /** The edition of the plain text, which serves every edition that did not choose it. */
  static final int PLAIN = -1;

  /** BOS, EOS and the three marks. */
  private static final int MARKS = 5;

  private final Tokenizer tokenizer;
  private final ShardOptions options;
  private final int begin;
  private final int hole;
  private final int end;

  /** Token ids of a text without BOS and EOS, and the edition that they are for. */
  record Encoded(int edition, int[] ids) {}

  DocumentEncoder(Tokenizer tokenizer, ShardOptions options) {
    SpecialTokens tokens = SpecialTokens.deepSeekV3();
    this.tokenizer = tokenizer;
    this.options = options;
    this.begin = SpecialTokens.id(tokenizer, tokens.fimBegin());
    this.hole = SpecialTokens.id(tokenizer, tokens.fimHole());
    this.end = SpecialTokens.id(tokenizer, tokens.fimEnd());
  }

  /** The plain text, then for each edition that chose the document its parts. */
  List<Encoded> encode(int number, String text) {
    List<Encoded> result = new ArrayList<>();
    int[] plain = tokenizer.encodeOrdinary(text);
    result.add(new Encoded(PLAIN, plain));
    for (int edition = 0; edition < options.editions(); edition++) {
      RandomStream random =
          new RandomStream(options.seed(), SeededOrder.FILL_IN_THE_MIDDLE + edition);
      long index = (long) number << 32;
      if (random.uniform(index) < options.fimRate()) {
        int room = Math.max(1, options.length() - MARKS);
        long characters = (long) text.length() * room / Math.max(room, plain.length);
        int part = (int) Math.max(1, characters);
        for (int from = 0; from < text.length(); ) {
          int to = DividedCorpus.cut(text, from, part);
          rearrange(text, from, to, edition, random, index, result);
          from = to;
        }
      }
    }
    return result;
  }

  /** Adds the text between two places in the new order, in halves where it would be too long. */
  private void rearrange(
      String text,
      int from,
      int to,
      int edition,
      RandomStream random,
      long index,
      List<Encoded> result) {
    // Random numbers go by the place in the text: 1 to 2 x 64 Mi, below the next document's.
    int first = place(text, from, to, random, index + 1 + 2L * from);
    int second = place(text, from, to, random, index + 2 + 2L * from);
    int[] prefix = tokenizer.encodeOrdinary(text.substring(from, Math.min(first, second)));
    int[] middle =
        tokenizer.encodeOrdinary(text.substring(Math.min(first, second), Math.max(first, second)));
    int[] suffix = tokenizer.encodeOrdinary(text.substring(Math.max(first, second), to));
    int tokens = prefix.length + middle.length + suffix.length + MARKS;
    int half = DividedCorpus.cut(text, from, Math.max(1, (to - from) / 2));
    if (tokens > options.length() && half < to) {
      rearrange(text, from, half, edition, random, index, result);
      rearrange(text, half, to, edition, random, index, result);
      return;
    }
    IntStream.Builder ids = IntStream.builder();
    ids.add(begin);
    IntStream.of(prefix).forEach(ids);
    ids.add(hole);
    IntStream.of(suffix).forEach(ids);
    ids.add(end);
    IntStream.of(middle).forEach(ids);
    result.add(new Encoded(edition, ids.build().toArray()));
  }

  /** A random place between two characters, both ends included. */
  private static int place(String text, int from, int to, RandomStream random, long index) {
    int place = from + random.bounded(index, to - from + 1);
    boolean inside =
        place > from
            && place < to
            && Character.isLowSurrogate(text.charAt(place))
            && Character.isHighSurrogate(text.charAt(place - 1));
    return inside ? place - 1 : place;
  }
}
