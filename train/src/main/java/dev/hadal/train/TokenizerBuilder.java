package dev.hadal.train;

import dev.hadal.text.BpeTrainer;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerConfig;
import dev.hadal.text.TokenizerJson;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Trains the tokenizer of a run on a sample of its training documents, with DeepSeek-V3's pieces
 * and names of special tokens, which get the ids 0 to 5.
 *
 * @param vocabularySize tokens in the end, special tokens and bytes included
 * @param sampleBytes documents are taken in a random order until they have so many bytes
 * @param seed of that order
 * @param threads how many threads count
 */
public record TokenizerBuilder(int vocabularySize, long sampleBytes, long seed, int threads) {
  /** Enough for tens of thousands of tokens; more text changes little. */
  public static final long SAMPLE_BYTES = 32L << 20;

  private static final int BYTES = 256;
  private static final int LARGEST = 1 << 20;

  /**
   * Checks the numbers.
   *
   * @throws TrainException if the vocabulary has no place for the bytes and the special tokens
   */
  public TokenizerBuilder {
    int least = BYTES + SpecialTokens.deepSeekV3().all().size();
    if (vocabularySize < least || vocabularySize > LARGEST) {
      throw new TrainException(
          "vocabulary size: expected %d (256 bytes and %d special tokens) to %d, found %d"
              .formatted(least, least - BYTES, LARGEST, vocabularySize));
    }
    if (sampleBytes < 1 || threads < 1) {
      throw new TrainException(
          "tokenizer sample: expected 1 byte and 1 thread or more, found %d and %d"
              .formatted(sampleBytes, threads));
    }
  }

  /** A builder with a sample of 32 MiB. */
  public static TokenizerBuilder of(int vocabularySize, long seed, int threads) {
    return new TokenizerBuilder(vocabularySize, SAMPLE_BYTES, seed, threads);
  }

  /**
   * Trains on training documents only. The vocabulary is smaller than asked for where the text has
   * not so many different pairs.
   */
  public Tokenizer train(Corpus corpus, int[] trainingDocuments) {
    int[] order = SeededOrder.of(seed, SeededOrder.TOKENIZER_SAMPLE, trainingDocuments.length);
    return BpeTrainer.ofSize(vocabularySize)
        .withSpecialTokens(SpecialTokens.deepSeekV3().all())
        .withThreads(threads)
        .train(() -> new Sample(corpus, trainingDocuments, order));
  }

  /** Writes tokenizer.json and tokenizer_config.json into a folder. */
  public static void write(Tokenizer tokenizer, Path folder, long modelMaxLength) {
    TokenizerJson.write(tokenizer, folder.resolve("tokenizer.json"));
    TokenizerConfig.of(SpecialTokens.deepSeekV3(), modelMaxLength)
        .write(folder.resolve("tokenizer_config.json"));
  }

  /** Reads documents in an order until there are enough. */
  private final class Sample implements Iterator<CharSequence> {
    private final Corpus corpus;
    private final int[] documents;
    private final int[] order;
    private int next;
    private long bytes;

    Sample(Corpus corpus, int[] documents, int[] order) {
      this.corpus = corpus;
      this.documents = documents;
      this.order = order;
    }

    @Override
    public boolean hasNext() {
      return next < order.length && bytes < sampleBytes;
    }

    @Override
    public CharSequence next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Document document = corpus.read(documents[order[next++]]);
      bytes += document.bytes();
      return document.text();
    }
  }
}
