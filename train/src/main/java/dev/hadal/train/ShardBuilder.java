package dev.hadal.train;

import dev.hadal.format.AtomicFile;
import dev.hadal.format.FormatException;
import dev.hadal.format.JsonObject;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Encodes documents on several threads and writes them in their order. */
final class ShardBuilder {
  /** Documents that may be under way at a time, for each thread, and bytes of their text. */
  private static final int WAITING = 16;

  private static final long WAITING_BYTES = 64L << 20;
  private static final long MINUTES_FOR_ONE_DOCUMENT = 10;

  private static final long SHARD_BYTES = 128L << 20;
  private static final long NANOS_BETWEEN_REPORTS = 200_000_000L;
  private static final int TWO_BYTES = 1 << 16;

  private final Path folder;
  private final Corpus corpus;
  private final int[] documents;
  private final Tokenizer tokenizer;
  private final ShardOptions options;
  private final Consumer<EncodingProgress> progress;
  private final long started = System.nanoTime();
  private long reported = started;
  private long read;
  private long bytes;
  private long replaced;
  private long tokens;

  private record Result(int number, Document document, List<DocumentEncoder.Encoded> records) {}

  ShardBuilder(
      Path folder,
      Corpus corpus,
      int[] documents,
      Tokenizer tokenizer,
      ShardOptions options,
      Consumer<EncodingProgress> progress) {
    this.folder = folder;
    this.corpus = corpus;
    this.documents = documents;
    this.tokenizer = tokenizer;
    this.options = options;
    this.progress = progress;
  }

  /** Writes the files, the manifest last. */
  void build(JsonObject source) {
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(folder.resolve(ShardManifest.FILE));
    } catch (IOException e) {
      throw new TrainException("%s: cannot be written: %s".formatted(folder, e.getMessage()), e);
    }
    SpecialTokens special = SpecialTokens.deepSeekV3();
    int idBytes = tokenizer.size() <= TWO_BYTES ? 2 : 4;
    try (ShardWriter writer = new ShardWriter(folder, idBytes, SHARD_BYTES)) {
      encode(writer);
      List<ShardManifest.Entry> shards = writer.finish();
      removeShardsFrom(shards.size());
      ShardManifest manifest =
          new ShardManifest(
              source,
              tokenizer.size(),
              idBytes,
              SpecialTokens.id(tokenizer, special.bos()),
              SpecialTokens.id(tokenizer, special.eos()),
              new ShardManifest.Counts(read, bytes, replaced, tokens),
              writer.indexEntry(),
              shards);
      AtomicFile.write(folder.resolve(ShardManifest.FILE), manifest.encode());
    } catch (FormatException e) {
      throw new TrainException(String.valueOf(e.getMessage()), e);
    }
  }

  private void encode(ShardWriter writer) {
    DocumentEncoder encoder = new DocumentEncoder(tokenizer, options);
    int[] order = SeededOrder.of(options.seed(), SeededOrder.ENCODING, documents.length);
    ArrayDeque<Future<Result>> waiting = new ArrayDeque<>();
    ExecutorService executor =
        Executors.newFixedThreadPool(
            options.threads(), Thread.ofPlatform().name("encode-", 0).factory());
    try {
      int next = 0;
      long waitingBytes = 0;
      while (tokens < options.maxTokens() && (next < order.length || !waiting.isEmpty())) {
        while (next < order.length
            && waiting.size() < WAITING * options.threads()
            && (waiting.isEmpty() || waitingBytes < WAITING_BYTES)) {
          int number = documents[order[next++]];
          waitingBytes += corpus.bytes(number);
          waiting.add(executor.submit(() -> encode(encoder, number)));
        }
        Result result = waiting.remove().get(MINUTES_FOR_ONE_DOCUMENT, TimeUnit.MINUTES);
        waitingBytes -= corpus.bytes(result.number());
        write(result, writer);
        report(false);
      }
      report(true);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainException("data: interrupted while encoding " + corpus.description(), e);
    } catch (TimeoutException e) {
      throw new TrainException(
          "data: %s: expected a document to be encoded within %d minutes, found none"
              .formatted(corpus.description(), MINUTES_FOR_ONE_DOCUMENT),
          e);
    } finally {
      executor.shutdownNow();
      executor.close();
    }
  }

  private Result encode(DocumentEncoder encoder, int number) {
    Document document = corpus.read(number);
    return new Result(number, document, encoder.encode(number, document.text()));
  }

  private void write(Result result, ShardWriter writer) {
    for (DocumentEncoder.Encoded record : result.records()) {
      writer.write(result.number(), record.edition(), record.ids());
    }
    read++;
    bytes += result.document().bytes();
    replaced += result.document().replaced();
    tokens += result.records().getFirst().ids().length + TokenShards.ENDS;
  }

  private void report(boolean last) {
    long now = System.nanoTime();
    if (last || now - reported >= NANOS_BETWEEN_REPORTS) {
      reported = now;
      double share =
          Math.max((double) read / documents.length, (double) tokens / options.maxTokens());
      progress.accept(
          new EncodingProgress(
              read, tokens, bytes, last ? 1 : Math.min(1, share), (now - started) * 1e-9));
    }
  }

  /** Shards of an earlier, larger set. */
  private void removeShardsFrom(int count) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = String.valueOf(file.getFileName());
        if (ShardManifest.isShardName(name)
            && name.compareTo(ShardManifest.shardName(count)) >= 0) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new TrainException("%s: cannot be written: %s".formatted(folder, e.getMessage()), e);
    }
  }
}
