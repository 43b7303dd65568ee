package dev.hadal.train;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.TrainingModel;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerFiles;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A corpus on its way to sequences: divided, its training part tokenised and packed, its held-out
 * part ready to be scored. What was made for the same things before is used again.
 */
final class CorpusData implements TrainingData {
  private final Corpus corpus;
  private final Tokenizer tokenizer;
  private final TokenShards shards;
  private final PackedSequences source;
  private final HeldOutEvaluator evaluator;
  private final double deflate;
  private final int microBatch;
  private final int length;

  private CorpusData(
      Corpus corpus,
      Tokenizer tokenizer,
      TokenShards shards,
      PackedSequences source,
      HeldOutEvaluator evaluator,
      double deflate,
      TrainConfig config) {
    this.corpus = corpus;
    this.tokenizer = tokenizer;
    this.shards = shards;
    this.source = source;
    this.evaluator = evaluator;
    this.deflate = deflate;
    this.microBatch = config.training().microBatch();
    this.length = config.data().sequenceLength();
  }

  /**
   * Opens or makes everything.
   *
   * @param threads that count and encode; change no result
   * @throws TrainException if there is no corpus, or tokenizer and model do not fit together
   */
  static CorpusData open(TrainConfig config, int threads, TrainingListener listener) {
    DataSection data = config.data();
    RunFolder run = new RunFolder(config.run().folder());
    Path folder = data.folder().orElse(run.data());
    makeFolder(folder);
    Path path = data.corpus().or(JdkSources::find).orElseThrow(CorpusData::noCorpus);
    Corpus corpus = Corpus.open(path).divisible();
    TokenShards shards = null;
    try {
      HeldOut.Split split =
          data.heldOutModulus() == 0
              ? HeldOut.divide(corpus)
              : new HeldOut(data.heldOutModulus(), data.heldOutResidue()).split(corpus);
      listener.message(
          "corpus: %s, %d files to train on, %d held out (%s)"
              .formatted(
                  corpus.description(),
                  split.training().length,
                  split.heldOut().length,
                  split.rule()));
      Tokenizer tokenizer = tokenizer(config, folder, corpus, split, threads, listener);
      requireFits(tokenizer, config.model());
      shards =
          TokenShards.openOrBuild(
              folder.resolve("shards"),
              corpus,
              split,
              tokenizer,
              new ShardOptions(
                  config.run().seed(),
                  data.maxTokens() == 0 ? Long.MAX_VALUE : data.maxTokens(),
                  data.fimRate(),
                  data.sequenceLength(),
                  data.fimEditions(),
                  threads),
              new EncodingMessages(listener)::progress);
      listener.message(
          String.format(
              Locale.ROOT,
              "data: %,d documents, %,d tokens, %.3f bytes a token",
              shards.documents(),
              shards.tokens(),
              (double) shards.textBytes() / shards.tokens()));
      return new CorpusData(
          corpus,
          tokenizer,
          shards,
          new PackedSequences(shards, config.run().seed(), data.sequenceLength()),
          HeldOutEvaluator.of(corpus, split.heldOut(), tokenizer, data.sequenceLength()),
          deflate(corpus, split.heldOut()),
          config);
    } catch (RuntimeException | Error e) {
      if (shards != null) {
        shards.close();
      }
      corpus.close();
      throw e;
    }
  }

  private static double deflate(Corpus corpus, int[] documents) {
    try (DeflateBaseline baseline = new DeflateBaseline()) {
      for (int document : documents) {
        baseline.add(corpus.read(document).text().getBytes(StandardCharsets.UTF_8));
      }
      return baseline.bitsPerByte();
    }
  }

  private static TrainException noCorpus() {
    return new TrainException(
        "data.corpus: found no lib/src.zip in any JDK of this machine; name a folder, a zip or a"
            + " .jsonl file to train on");
  }

  private static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new TrainException(folder + ": the folder cannot be made: " + e.getMessage(), e);
    }
  }

  private static Tokenizer tokenizer(
      TrainConfig config,
      Path folder,
      Corpus corpus,
      HeldOut.Split split,
      int threads,
      TrainingListener listener) {
    Optional<Path> given = config.data().tokenizer();
    if (given.isPresent()) {
      Path path = given.get();
      return TokenizerFiles.readFile(
          Files.isDirectory(path)
              ? TokenizerFiles.find(path).orElse(path.resolve("tokenizer.json"))
              : path);
    }
    JsonObject source =
        JsonObject.builder()
            .put("corpus_sha256", corpus.fingerprint())
            .put("held_out", split.rule().toString())
            .put("vocab_size", config.data().vocabSize())
            .put("sample_bytes", config.data().tokenizerBytes())
            .put("seed", config.run().seed())
            .build();
    Path file = folder.resolve("tokenizer.json");
    Path sourceFile = folder.resolve("tokenizer.source.json");
    if (Files.exists(file) && isOf(sourceFile, source)) {
      return TokenizerJson.read(file);
    }
    long start = System.nanoTime();
    Tokenizer tokenizer =
        new TokenizerBuilder(
                config.data().vocabSize(),
                config.data().tokenizerBytes(),
                config.run().seed(),
                threads)
            .train(corpus, split.training());
    remove(sourceFile);
    TokenizerBuilder.write(tokenizer, folder, config.model().maxPositionEmbeddings());
    Json.write(sourceFile, source);
    listener.message(
        String.format(
            Locale.ROOT,
            "tokenizer: %,d tokens, trained in %.1f s",
            tokenizer.size(),
            (System.nanoTime() - start) * 1e-9));
    return tokenizer;
  }

  /** Whether the tokenizer there was trained on the same; a damaged note says no. */
  private static boolean isOf(Path sourceFile, JsonObject source) {
    try {
      return Files.exists(sourceFile) && Json.readObject(sourceFile).equals(source);
    } catch (FormatException e) {
      return false;
    }
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new TrainException(file + ": cannot be removed: " + e.getMessage(), e);
    }
  }

  private static void requireFits(Tokenizer tokenizer, ModelConfig model) {
    if (tokenizer.size() > model.vocabSize()) {
      throw Rules.invalid(
          "model.vocab_size",
          "at least the tokenizer's %d tokens".formatted(tokenizer.size()),
          model.vocabSize());
    }
    SpecialTokens special = SpecialTokens.deepSeekV3();
    requireId("bos_token_id", SpecialTokens.id(tokenizer, special.bos()), model.bosTokenId());
    int eos = SpecialTokens.id(tokenizer, special.eos());
    if (!model.eosTokenIds().contains(eos)) {
      throw Rules.invalid("model.eos_token_id", "the tokenizer's " + eos, model.eosTokenIds());
    }
  }

  private static void requireId(String field, int expected, int found) {
    if (expected != found) {
      throw Rules.invalid("model." + field, "the tokenizer's " + expected, found);
    }
  }

  @Override
  public SequenceSource source() {
    return source;
  }

  @Override
  public Optional<HeldOutScore> score(TrainingModel model, int windows) {
    if (evaluator.windows() == 0) {
      return Optional.empty();
    }
    return Optional.of(
        windows == 0 || windows >= evaluator.windows()
            ? evaluator.evaluate(model, microBatch)
            : evaluator.evaluate(model, microBatch, windows));
  }

  @Override
  public SequencedMap<String, Double> baselines() {
    SequencedMap<String, Double> baselines = new LinkedHashMap<>();
    if (deflate > 0) {
      baselines.put(DeflateBaseline.NAME, deflate);
    }
    return baselines;
  }

  @Override
  public void writeTokenizer(Path folder) {
    TokenizerBuilder.write(tokenizer, folder, length);
  }

  /** The shards are mapped; their pages are counted as if all were in memory. */
  @Override
  public long bytes() {
    return shards.tokens() * (shards.vocabulary() <= 1 << 16 ? Short.BYTES : Integer.BYTES);
  }

  @Override
  public void close() {
    shards.close();
    corpus.close();
  }

  /** A sentence every few seconds while documents are encoded. */
  private static final class EncodingMessages {
    private static final double INTERVAL = 5;

    private final TrainingListener listener;
    private double next = INTERVAL;

    EncodingMessages(TrainingListener listener) {
      this.listener = listener;
    }

    synchronized void progress(EncodingProgress progress) {
      if (progress.seconds() >= next) {
        next = progress.seconds() + INTERVAL;
        listener.message(
            String.format(
                Locale.ROOT,
                "packing: %.0f %%, %,d tokens, %.1f MB/s, %.0f s left",
                100 * progress.share(),
                progress.tokens(),
                progress.bytesPerSecond() * 1e-6,
                progress.secondsLeft()));
      }
    }
  }
}
