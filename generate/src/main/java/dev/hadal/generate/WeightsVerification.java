package dev.hadal.generate;

import dev.hadal.format.ChecksumFile;
import dev.hadal.format.FileScan;
import dev.hadal.format.GgufFile;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import dev.hadal.format.Quoting;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.WeightFiles;
import dev.hadal.model.GgufConfig;
import dev.hadal.model.PackedCache;
import dev.hadal.model.WeightCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Whether the weights of a model are whole: names and shapes are those of the configuration, every
 * number is finite, hashes are those that are stated beside the files, and what was packed of them
 * earlier is as it was written. Every file is read once; in memory are some megabytes a thread.
 *
 * @param files in their order
 * @param tensors of all files
 * @param problems what does not hold, in whole sentences, hashes apart
 * @param notes what is not used
 * @param packed what earlier starts packed of these files
 */
public record WeightsVerification(
    List<HashedFile> files,
    int tensors,
    List<String> problems,
    List<String> notes,
    List<PackedEntry> packed) {

  /** Copies the lists. */
  public WeightsVerification {
    files = List.copyOf(files);
    problems = List.copyOf(problems);
    notes = List.copyOf(notes);
    packed = List.copyOf(packed);
  }

  /**
   * A file.
   *
   * @param sha256 what its bytes give
   * @param stated what is stated beside it, if anything is
   */
  public record HashedFile(
      Path file, long bytes, String sha256, Optional<ChecksumFile.Stated> stated) {
    /** Whether nothing else is stated. */
    public boolean holds() {
      return stated.isEmpty() || stated.get().sha256().equals(sha256);
    }
  }

  /**
   * Packed weights.
   *
   * @param holds whether they are as they were written
   */
  public record PackedEntry(Path folder, long bytes, boolean holds) {}

  /** Takes news of the reading; called by several threads. */
  public interface Progress {
    /** So many bytes will be read. */
    void begin(long bytes);

    /** So many more were read. */
    void read(long bytes);
  }

  /**
   * Reads all of it.
   *
   * @param threads that read files side by side, at least one
   * @param cache where packed weights are looked for
   * @throws dev.hadal.format.FormatException if a file cannot be read or its header is not as its
   *     format asks
   * @throws dev.hadal.model.ModelException if it is not a model of this family
   */
  public static WeightsVerification of(
      ModelFiles model, int threads, Optional<PackedCache> cache, Progress progress) {
    if (GgufFiles.isGguf(model.weights())) {
      try (GgufFiles files = GgufFiles.open(model.weights())) {
        return of(
            WeightCheck.of(GgufConfig.read(files), files),
            files.names().size(),
            files.shards(),
            GgufFile::path,
            (shard, read) -> FileScan.of(shard, read),
            threads,
            cache,
            progress);
      }
    }
    try (WeightFiles files = WeightFiles.open(model.weights())) {
      return of(
          WeightCheck.of(model.config(), files),
          files.names().size(),
          files.shards(),
          SafetensorsFile::path,
          (shard, read) -> FileScan.of(shard, read),
          threads,
          cache,
          progress);
    }
  }

  /** How a shard is read. */
  private interface Scan<F> {
    FileScan of(F shard, LongConsumer read);
  }

  private static <F> WeightsVerification of(
      WeightCheck.Found found,
      int tensors,
      List<F> shards,
      Function<F, Path> path,
      Scan<F> scan,
      int threads,
      Optional<PackedCache> cache,
      Progress progress) {
    List<Path> paths = shards.stream().map(path).toList();
    List<PackedCache.Entry> entries =
        cache.map(packed -> packed.entriesOf(paths)).orElse(List.of());
    progress.begin(paths.stream().mapToLong(WeightsVerification::size).sum());
    List<String> problems = new ArrayList<>(found.problems());
    List<HashedFile> files = new ArrayList<>();
    for (FileScan result : scans(shards, scan, threads, progress)) {
      files.add(
          new HashedFile(
              result.file(), result.bytes(), result.sha256(), ChecksumFile.beside(result.file())));
      for (FileScan.NotFinite tensor : result.tensors()) {
        problems.add(sentence(result.file(), tensor));
      }
    }
    List<PackedEntry> packed = new ArrayList<>();
    for (PackedCache.Entry entry : entries) {
      packed.add(
          new PackedEntry(entry.folder(), entry.bytes(), cache.orElseThrow().isWhole(entry)));
    }
    return new WeightsVerification(files, tensors, problems, found.notes(), packed);
  }

  private static String sentence(Path file, FileScan.NotFinite tensor) {
    return "%s: %s: expected finite weights, found %s at %s%s"
        .formatted(
            file,
            Quoting.printable(tensor.tensor()),
            tensor.value(),
            tensor.first(),
            tensor.count() == 1 ? "" : " and %,d more".formatted(tensor.count() - 1));
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static <F> List<FileScan> scans(
      List<F> shards, Scan<F> scan, int threads, Progress progress) {
    List<FileScan> results = new ArrayList<>();
    try (ExecutorService team =
        Executors.newFixedThreadPool(Math.clamp(shards.size(), 1, threads))) {
      List<Future<FileScan>> running = new ArrayList<>();
      for (F shard : shards) {
        running.add(team.submit(() -> scan.of(shard, progress::read)));
      }
      try {
        for (Future<FileScan> each : running) {
          results.add(each.get());
        }
      } catch (ExecutionException e) {
        team.shutdownNow();
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        team.shutdownNow();
        Thread.currentThread().interrupt();
        throw new GenerateException("verify: interrupted", e);
      }
    }
    return results;
  }

  /** Whether everything holds. */
  public boolean passed() {
    return problems.isEmpty()
        && files.stream().allMatch(HashedFile::holds)
        && packed.stream().allMatch(PackedEntry::holds);
  }

  /** All bytes of the files. */
  public long bytes() {
    return files.stream().mapToLong(HashedFile::bytes).sum();
  }

  /** All of it as JSON. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("passed", passed())
        .put("tensors", tensors)
        .put("files", JsonArray.of(files.stream().<JsonValue>map(this::json).toList()))
        .put("problems", JsonArray.ofStrings(problems))
        .put("notes", JsonArray.ofStrings(notes))
        .put("packed", JsonArray.of(packed.stream().<JsonValue>map(this::json).toList()))
        .build();
  }

  private JsonObject json(HashedFile file) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("file", file.file().toString())
            .put("bytes", file.bytes())
            .put("sha256", file.sha256())
            .put("holds", file.holds());
    file.stated()
        .ifPresent(
            stated -> json.put("stated_by", stated.by().toString()).put("stated", stated.sha256()));
    return json.build();
  }

  private JsonObject json(PackedEntry entry) {
    return JsonObject.builder()
        .put("folder", entry.folder().toString())
        .put("bytes", entry.bytes())
        .put("holds", entry.holds())
        .build();
  }
}
