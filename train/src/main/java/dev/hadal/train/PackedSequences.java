package dev.hadal.train;

import dev.hadal.format.Hasher;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Training sequences of L inputs from token shards: sequence n is a function of the shards, the
 * seed, L and n.
 *
 * <p>Every pass over the data takes all records of its edition in a random order of its own, each
 * between BOS and EOS, and packs them window by window: best-fit packing without padding, see
 * {@link SequencePacker}. All passes together are one stream of tokens in which sequence n has the
 * L targets from n x L on, rearranged within the window. So in every pass each token is a target
 * exactly once, none is lost at the end of a pass, and there is no padding.
 *
 * <p>A sequence has L + 1 tokens. The first is an input only: the token before the first target in
 * its document or, where that is BOS, EOS. Attention is not masked between documents (DeepSeek-V3
 * report §4.1). What follows EOS in a sequence may be the rest of a document whose beginning is
 * elsewhere.
 *
 * <p>Safe for any number of threads.
 */
public final class PackedSequences implements SequenceSource {
  /** A window's plan is kept in memory and made in milliseconds. */
  private static final long WINDOW_TOKENS = 1L << 20;

  private static final int WINDOW_SEQUENCES = 64;
  private static final int KEPT_EPOCHS = 3;
  private static final int KEPT_WINDOWS = 4;

  private final TokenShards shards;
  private final long seed;
  private final int length;
  private final long windowTokens;

  /** Tokens before each edition's pass within one round of all editions, and of a round. */
  private final long[] editionStarts;

  private final Map<Long, EpochPlan> epochs = new LinkedHashMap<>();
  private final Map<Long, WindowPlan> windows = new LinkedHashMap<>();

  /**
   * Sequences from shards, which stay the caller's.
   *
   * @param length L, 1 or more
   * @throws TrainException if a pass has fewer tokens than two sequences
   */
  public PackedSequences(TokenShards shards, long seed, int length) {
    this(shards, seed, length, Math.max(WINDOW_TOKENS, (long) WINDOW_SEQUENCES * length));
  }

  PackedSequences(TokenShards shards, long seed, int length, long windowTokens) {
    if (length < 1) {
      throw new TrainException("data: length: expected 1 or more, found " + length);
    }
    this.shards = shards;
    this.seed = seed;
    this.length = length;
    this.windowTokens = windowTokens;
    this.editionStarts = new long[shards.editions() + 1];
    for (int edition = 0; edition < shards.editions(); edition++) {
      long tokens = 0;
      for (int record : shards.records(edition)) {
        tokens += shards.length(record) + TokenShards.ENDS;
      }
      if (tokens < 2L * length) {
        throw new TrainException(
            "data: expected at least %d tokens for sequences of %d, found %d; use a larger corpus or shorter sequences"
                .formatted(2L * length, length, tokens));
      }
      editionStarts[edition + 1] = editionStarts[edition] + tokens;
    }
  }

  @Override
  public int length() {
    return length;
  }

  /** Mean number of tokens in a pass over the data. */
  public long tokensPerEpoch() {
    return editionStarts[shards.editions()] / shards.editions();
  }

  @Override
  public void read(long number, int[] tokens, int from) {
    List<WindowPlan.Piece> pieces = pieces(number);
    WindowPlan.Piece first = pieces.getFirst();
    tokens[from] = shards.eos();
    if (first.from() > 0) {
      copy(first.record(), first.from() - 1, 1, tokens, from);
    }
    int at = from + 1;
    for (WindowPlan.Piece piece : pieces) {
      copy(piece.record(), piece.from(), piece.length(), tokens, at);
      at += piece.length();
    }
  }

  /** Copies tokens of a record that stands between BOS and EOS. */
  private void copy(int record, int from, int count, int[] tokens, int at) {
    int last = shards.length(record) + 1;
    int begin = from;
    int end = from + count;
    if (begin == 0) {
      tokens[at] = shards.bos();
      begin = 1;
    }
    if (end == last + 1) {
      tokens[at + count - 1] = shards.eos();
      end = last;
    }
    if (end > begin) {
      shards.read(record, begin - 1, end - begin, tokens, at + begin - from);
    }
  }

  /** What the targets of a sequence are. */
  List<WindowPlan.Piece> pieces(long number) {
    if (number < 0) {
      throw new IllegalArgumentException("sequence: expected 0 or more, got " + number);
    }
    WindowPlan window = window(Math.multiplyExact(number, (long) length));
    return window.sequences().get((int) (number - window.first()));
  }

  private synchronized WindowPlan window(long token) {
    EpochPlan epoch = epoch(epochOf(token));
    int window = epoch.window(token);
    long key = epoch.windowTokens()[window];
    return kept(
        windows,
        key,
        KEPT_WINDOWS,
        () -> {
          boolean last = window + 1 == epoch.windows();
          EpochPlan next = last ? epoch(epoch.number() + 1) : epoch;
          return WindowPlan.of(shards, seed, length, epoch, window, next, last ? 0 : window + 1);
        });
  }

  private long epochOf(long token) {
    int editions = shards.editions();
    long round = token / editionStarts[editions];
    long rest = token % editionStarts[editions];
    int edition = 0;
    while (editionStarts[edition + 1] <= rest) {
      edition++;
    }
    return round * editions + edition;
  }

  private EpochPlan epoch(long number) {
    int editions = shards.editions();
    long start =
        number / editions * editionStarts[editions] + editionStarts[(int) (number % editions)];
    return kept(
        epochs, number, KEPT_EPOCHS, () -> EpochPlan.of(shards, seed, number, start, windowTokens));
  }

  private static <T> T kept(Map<Long, T> plans, long key, int most, Supplier<T> made) {
    T plan = plans.remove(key);
    if (plan == null) {
      plan = made.get();
    }
    // The one used last is at the end.
    plans.put(key, plan);
    if (plans.size() > most) {
      plans.remove(plans.keySet().iterator().next());
    }
    return plan;
  }

  @Override
  public String fingerprint() {
    return new Hasher()
        .update("packed sequences 1")
        .update(shards.fingerprint())
        .update(seed)
        .update(length)
        .update(windowTokens)
        .hex();
  }
}
