package dev.hadal.text;

import dev.hadal.template.Quoted;
import java.util.ArrayList;
import java.util.List;

/**
 * Learns a byte-level BPE vocabulary from text: counts the pieces that the pre-tokenizer makes,
 * starts from the 256 bytes, and makes the most frequent pair of neighbours a token, again and
 * again (Sennrich, Haddow, Birch 2016). Of equally frequent pairs the one with the smaller ids is
 * first. The result depends on the documents alone, not on their order or on the threads, and is
 * the one that Hugging Face tokenizers give.
 *
 * <p>Ids: special tokens in their order, then the bytes in the order of their characters in the
 * byte-level alphabet, then what is learned. Special tokens are not looked for in the documents and
 * are never learned.
 *
 * @param preTokenizer cuts documents into pieces
 * @param vocabularySize how many tokens to have in the end, special tokens and bytes included;
 *     fewer if no pair is left that occurs often enough
 * @param specialTokens tokens to put first
 * @param minFrequency how often a pair must occur, 1 or more
 * @param threads how many threads count pieces, 1 or more
 */
public record BpeTrainer(
    PreTokenizer preTokenizer,
    int vocabularySize,
    List<String> specialTokens,
    long minFrequency,
    int threads) {

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range or a special token is repeated or
   *     that of a byte
   */
  public BpeTrainer {
    specialTokens = List.copyOf(specialTokens);
    int least = specialTokens.size() + ByteLevel.BYTES;
    require(vocabularySize >= least, "vocabularySize", least, vocabularySize);
    require(minFrequency >= 1, "minFrequency", 1, minFrequency);
    require(threads >= 1, "threads", 1, threads);
    List<String> initial = new ArrayList<>(specialTokens);
    initial.addAll(ByteLevel.alphabet());
    if (initial.stream().distinct().count() < initial.size()) {
      throw new IllegalArgumentException(
          "specialTokens: expected different tokens, none of them a byte's, found "
              + Quoted.list(specialTokens));
    }
  }

  /** DeepSeek-V3's pieces, no special tokens, any frequency, all processors. */
  public static BpeTrainer ofSize(int vocabularySize) {
    return new BpeTrainer(
        PreTokenizer.DEEPSEEK_V3,
        vocabularySize,
        List.of(),
        1,
        Runtime.getRuntime().availableProcessors());
  }

  /** The same with special tokens. */
  public BpeTrainer withSpecialTokens(List<String> tokens) {
    return new BpeTrainer(preTokenizer, vocabularySize, tokens, minFrequency, threads);
  }

  /** The same with another number of threads. */
  public BpeTrainer withThreads(int number) {
    return new BpeTrainer(preTokenizer, vocabularySize, specialTokens, minFrequency, number);
  }

  private static void require(boolean holds, String name, long least, long found) {
    if (!holds) {
      throw new IllegalArgumentException(
          "%s: expected %d or more, found %d".formatted(name, least, found));
    }
  }

  /** Learns from documents, which are asked for one at a time by one thread at a time. */
  public Tokenizer train(Iterable<? extends CharSequence> documents) {
    PieceCounts counts = count(new SharedIterator<>(documents.iterator()));
    List<String> tokens = new ArrayList<>(specialTokens);
    tokens.addAll(ByteLevel.alphabet());
    MergeLearner learner = new MergeLearner(counts, tokens, specialTokens);
    BpeVocabulary vocabulary = learner.learn(vocabularySize, minFrequency);
    List<AddedToken> added = new ArrayList<>();
    for (String token : specialTokens) {
      added.add(AddedToken.special(added.size(), token));
    }
    return new Tokenizer(preTokenizer, vocabulary, added);
  }

  private PieceCounts count(SharedIterator<? extends CharSequence> documents) {
    PieceCounts[] counts = new PieceCounts[threads];
    Parallel.run(
        threads,
        thread -> {
          PieceCounts own = new PieceCounts();
          PieceScanner scanner = preTokenizer.scanner();
          for (var next = documents.next(); next.isPresent(); next = documents.next()) {
            byte[] utf8 = Utf8.encode(next.get());
            scanner.reset(utf8, 0, utf8.length);
            while (scanner.next()) {
              own.add(utf8, scanner.start(), scanner.end(), 1);
            }
          }
          counts[thread] = own;
        });
    for (int thread = 1; thread < threads; thread++) {
      counts[0].addAll(counts[thread]);
    }
    return counts[0];
  }
}
