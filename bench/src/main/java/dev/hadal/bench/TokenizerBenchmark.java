package dev.hadal.bench;

import dev.hadal.text.BpeTrainer;
import dev.hadal.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Learning and use of a byte-level BPE vocabulary on Java sources: the first time in a process,
 * when little of the code has been compiled, and the median of later ones.
 */
final class TokenizerBenchmark implements Benchmark {
  private final double bytes;
  private final int vocabulary;

  /**
   * A benchmark.
   *
   * @param bytes of text, about
   * @param vocabulary tokens to learn
   */
  TokenizerBenchmark(double bytes, int vocabulary) {
    this.bytes = bytes;
    this.vocabulary = vocabulary;
  }

  static TokenizerBenchmark usual() {
    return new TokenizerBenchmark(50e6, 8192);
  }

  @Override
  public String name() {
    return "tokenizer";
  }

  @Override
  public String description() {
    return "BPE training and encoding of a JDK's sources";
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    List<Path> zips = SourceSample.find();
    if (zips.isEmpty()) {
      context.note(
          "No JDK of this machine has a lib/src.zip, so the tokenizer was not measured; install a"
              + " JDK with its sources.");
      return List.of();
    }
    List<String> documents = SourceSample.everyFourth(zips.getFirst(), bytes);
    double size =
        documents.stream().mapToDouble(d -> d.getBytes(StandardCharsets.UTF_8).length).sum();
    BpeTrainer trainer = BpeTrainer.ofSize(vocabulary).withThreads(context.threads());
    List<Tokenizer> trained = new ArrayList<>();
    Runnable train = () -> trained.add(trainer.train(documents));
    double firstTraining = Repetition.whole(train).run();
    Tokenizer tokenizer = trained.getFirst();
    Runnable encode = () -> tokenizer.encodeAll(documents, context.threads());
    double firstEncoding = Repetition.whole(encode).run();
    double training = Repetition.median(context.seconds(), () -> trainer.train(documents));
    double encoding = Repetition.median(context.seconds(), encode);
    long tokens = 0;
    for (int[] ids : tokenizer.encodeAll(documents, context.threads())) {
      tokens += ids.length;
    }
    String text = String.format(Locale.ROOT, "%.1f MB of Java", size * 1e-6);
    String learned = "%d tokens, %s".formatted(vocabulary, text);
    double megabytes = size * 1e-6;
    return List.of(
        result(context, "tokenizer.train.first", learned, megabytes / firstTraining, "MB/s"),
        result(context, "tokenizer.train", learned, megabytes / training, "MB/s"),
        result(context, "tokenizer.encode.first", text, megabytes / firstEncoding, "MB/s"),
        result(context, "tokenizer.encode", text, megabytes / encoding, "MB/s"),
        result(context, "tokenizer.density", text, size / tokens, "bytes a token"));
  }

  private static BenchResult result(
      BenchContext context, String name, String shape, double value, String unit) {
    return new BenchResult(name, shape, context.threads(), "text", value, unit, 0);
  }
}
