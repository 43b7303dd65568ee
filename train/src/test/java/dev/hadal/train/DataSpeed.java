package dev.hadal.train;

import dev.hadal.text.Tokenizer;
import java.nio.file.Path;
import java.util.Locale;

/** Measures the data pipeline on a corpus: {@code DataSpeed CORPUS FOLDER VOCABULARY LENGTH}. */
final class DataSpeed {
  private DataSpeed() {}

  public static void main(String[] arguments) {
    int length = Integer.parseInt(arguments[3]);
    long start = System.nanoTime();
    try (Corpus corpus = Corpus.open(Path.of(arguments[0]))) {
      HeldOut.Split split = HeldOut.divide(corpus);
      print(
          "open and divide, %d documents, %d held out"
              .formatted(corpus.size(), split.heldOut().length),
          start);
      start = System.nanoTime();
      Tokenizer tokenizer =
          TokenizerBuilder.of(Integer.parseInt(arguments[2]), 1, 2).train(corpus, split.training());
      print("tokenizer", start);
      for (int run = 0; run < 2; run++) {
        start = System.nanoTime();
        ShardOptions options = new ShardOptions(1, Long.MAX_VALUE, 0.1, length, 1, 2);
        try (TokenShards shards =
            TokenShards.openOrBuild(
                Path.of(arguments[1]), corpus, split, tokenizer, options, EncodingProgress.NONE)) {
          print(
              "shards, %.1f MB, %d tokens".formatted(shards.textBytes() * 1e-6, shards.tokens()),
              start);
          sequences(shards, length);
        }
      }
      start = System.nanoTime();
      HeldOutEvaluator held = HeldOutEvaluator.of(corpus, split.heldOut(), tokenizer, length);
      print(
          "held out: %d bytes, %d tokens, %d windows"
              .formatted(held.bytes(), held.tokens(), held.windows()),
          start);
    }
  }

  private static void sequences(TokenShards shards, int length) {
    PackedSequences sequences = new PackedSequences(shards, 1, length);
    int[] tokens = new int[length + 1];
    long start = System.nanoTime();
    sequences.read(0, tokens, 0);
    print("first sequence", start);
    long slowest = 0;
    long count = sequences.tokensPerEpoch() / length + 100;
    start = System.nanoTime();
    for (long n = 1; n <= count; n++) {
      long before = System.nanoTime();
      sequences.read(n, tokens, 0);
      slowest = Math.max(slowest, System.nanoTime() - before);
    }
    double micros = (System.nanoTime() - start) * 1e-3 / count;
    print(
        "%d sequences, %.2f us each, slowest %.2f ms".formatted(count, micros, slowest * 1e-6),
        start);
  }

  private static void print(String what, long start) {
    double seconds = (System.nanoTime() - start) * 1e-9;
    System.out.printf(Locale.ROOT, "%7.3f s  %s%n", seconds, what);
  }
}
