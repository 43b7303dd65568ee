package dev.hadal.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A byte-level BPE tokenizer. Added tokens are cut out of the text, the rest is cut into pieces by
 * the {@link PreTokenizer}, and within each piece pairs of tokens merge, the pair learned first
 * before all others (Sennrich, Haddow, Birch 2016; GPT-2 for the byte level; Hugging Face
 * tokenizers for the details). Nothing is put around the text: a begin-of-sentence token is the
 * caller's to add.
 *
 * <p>A tokenizer does not change and is safe for use by any number of threads.
 */
public final class Tokenizer {
  private static final byte[] NOTHING = {};

  private final EncodingRule rule;
  private final PreTokenizer preTokenizer;
  private final BpeVocabulary vocabulary;
  private final BpeModel model;
  private final List<AddedToken> addedTokens;
  private final AddedTokenMatcher rawTokens;
  private final AddedTokenMatcher normalizedTokens;
  private final byte[][] bytes;
  private final @Nullable AddedToken[] addedById;

  /** Encoders at rest. Their caches make them fast and too big to have one for each thread. */
  private final BlockingQueue<BpeEncoder> idle =
      new ArrayBlockingQueue<>(Runtime.getRuntime().availableProcessors());

  /**
   * A tokenizer.
   *
   * @throws TextException if tokens, merges or added tokens contradict one another
   */
  public Tokenizer(
      PreTokenizer preTokenizer, BpeVocabulary vocabulary, List<AddedToken> addedTokens) {
    this(preTokenizer, vocabulary, addedTokens, EncodingRule.MERGES);
  }

  /**
   * A tokenizer.
   *
   * @param rule how a piece becomes tokens
   * @throws TextException if tokens, merges or added tokens contradict one another
   */
  public Tokenizer(
      PreTokenizer preTokenizer,
      BpeVocabulary vocabulary,
      List<AddedToken> addedTokens,
      EncodingRule rule) {
    this.rule = rule;
    this.preTokenizer = preTokenizer;
    this.vocabulary = vocabulary;
    this.model = new BpeModel(vocabulary, rule != EncodingRule.MERGES);
    this.addedTokens = List.copyOf(addedTokens);
    this.addedById = AddedTokens.byId(model.ids(), this.addedTokens);
    this.rawTokens = new AddedTokenMatcher(only(token -> !token.normalized()));
    this.normalizedTokens = new AddedTokenMatcher(only(AddedToken::normalized));
    this.bytes = new byte[addedById.length][];
    for (int id = 0; id < bytes.length; id++) {
      AddedToken added = addedById[id];
      if (added != null) {
        bytes[id] = Utf8.encode(added.content());
      } else {
        bytes[id] =
            id < vocabulary.tokens().size()
                ? ByteLevel.bytes(vocabulary.tokens().get(id))
                : NOTHING;
      }
    }
  }

  private List<AddedToken> only(Predicate<AddedToken> wanted) {
    return addedTokens.stream().filter(wanted).toList();
  }

  /** The ids of a text in which added tokens are recognised. */
  public int[] encode(CharSequence text) {
    return encode(text, _ -> true);
  }

  /** The ids of a text that is nothing but text: added tokens in it are not recognised. */
  public int[] encodeOrdinary(CharSequence text) {
    return encode(text, _ -> false);
  }

  /**
   * The ids of a text in which only some added tokens are recognised; the others are text. A lone
   * surrogate in the text is encoded as U+FFFD.
   */
  public int[] encode(CharSequence text, Predicate<AddedToken> recognised) {
    byte[] utf8 = Utf8.encode(text);
    IntList ids = new IntList(utf8.length / 3 + 8);
    BpeEncoder encoder =
        Objects.requireNonNullElseGet(idle.poll(), () -> new BpeEncoder(model, preTokenizer));
    if (rule == EncodingRule.TIKTOKEN) {
      IntList ends = TextParts.ends(utf8);
      for (int part = 0; part < ends.size(); part++) {
        int from = part == 0 ? 0 : ends.get(part - 1);
        encode(encoder, utf8, from, ends.get(part), recognised, ids);
      }
    } else {
      encode(encoder, utf8, 0, utf8.length, recognised, ids);
    }
    idle.offer(encoder);
    return ids.toArray();
  }

  private void encode(
      BpeEncoder encoder,
      byte[] utf8,
      int start,
      int end,
      Predicate<AddedToken> recognised,
      IntList ids) {
    int from = start;
    for (AddedTokenMatcher.Match match : rawTokens.matches(utf8, start, end, recognised)) {
      encodeRest(encoder, utf8, from, match.start(), recognised, ids);
      ids.add(match.token().id());
      from = match.end();
    }
    encodeRest(encoder, utf8, from, end, recognised, ids);
  }

  private void encodeRest(
      BpeEncoder encoder,
      byte[] utf8,
      int start,
      int end,
      Predicate<AddedToken> recognised,
      IntList ids) {
    int from = start;
    for (AddedTokenMatcher.Match match : normalizedTokens.matches(utf8, from, end, recognised)) {
      encoder.encode(utf8, from, match.start(), ids);
      ids.add(match.token().id());
      from = match.end();
    }
    encoder.encode(utf8, from, end, ids);
  }

  /**
   * The ids of each text, as {@link #encode(CharSequence)} gives them, in the order of the texts.
   *
   * @param threads how many threads share the work, 1 or more
   */
  public List<int[]> encodeAll(List<String> texts, int threads) {
    int[][] ids = new int[texts.size()][];
    Parallel.forEach(texts.size(), threads, index -> ids[index] = encode(texts.get(index)));
    return Arrays.asList(ids);
  }

  /** The text of these ids, special tokens included. */
  public String decode(int[] ids) {
    return decode(ids, false);
  }

  /**
   * The text of these ids. Bytes that are not UTF-8 become U+FFFD, one for each maximal part of a
   * character. An id without a token, such as a padding row of an embedding table, is no text.
   *
   * @param skipSpecial leave special tokens out
   */
  public String decode(int[] ids, boolean skipSpecial) {
    StringBuilder out = new StringBuilder();
    StreamingDecoder decoder = streamingDecoder(skipSpecial);
    for (int id : ids) {
      decoder.append(id, out);
    }
    return out.append(decoder.finish()).toString();
  }

  /** A decoder for tokens that come one at a time. */
  public StreamingDecoder streamingDecoder(boolean skipSpecial) {
    return new StreamingDecoder(this, skipSpecial);
  }

  /** One more than the largest id. */
  public int size() {
    return bytes.length;
  }

  /** The bytes that an id stands for; none for an id without a token. */
  public byte[] bytes(int id) {
    return bytesOf(id).clone();
  }

  byte[] bytesOf(int id) {
    return id >= 0 && id < bytes.length ? bytes[id] : NOTHING;
  }

  /** The token as files spell it: an added token's content, others in the byte-level alphabet. */
  public Optional<String> token(int id) {
    AddedToken added = id >= 0 && id < addedById.length ? addedById[id] : null;
    if (added != null) {
      return Optional.of(added.content());
    }
    return id >= 0 && id < vocabulary.tokens().size()
        ? Optional.of(vocabulary.tokens().get(id))
        : Optional.empty();
  }

  /** The id of a token as files spell it. */
  public OptionalInt id(String token) {
    for (AddedToken added : addedTokens) {
      if (added.content().equals(token)) {
        return OptionalInt.of(added.id());
      }
    }
    Integer id = model.ids().get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** Whether the id is that of a special token. */
  public boolean isSpecial(int id) {
    AddedToken added = id >= 0 && id < addedById.length ? addedById[id] : null;
    return added != null && added.special();
  }

  /** The added tokens. */
  public List<AddedToken> addedTokens() {
    return addedTokens;
  }

  /** What was learned: tokens and merges. */
  public BpeVocabulary vocabulary() {
    return vocabulary;
  }

  /** How text is cut into pieces. */
  public PreTokenizer preTokenizer() {
    return preTokenizer;
  }

  /** How a piece becomes tokens. */
  public EncodingRule rule() {
    return rule;
  }

  /** The same tokenizer with more added tokens. */
  public Tokenizer with(List<AddedToken> more) {
    List<AddedToken> all = new ArrayList<>(addedTokens);
    all.addAll(more);
    return new Tokenizer(preTokenizer, vocabulary, all, rule);
  }
}
