package dev.hadal.train;

import dev.hadal.format.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the parts of a run lie.
 *
 * @param root the run's folder
 */
public record RunFolder(Path root) {
  /** The resolved configuration. */
  public Path config() {
    return root.resolve("config.yaml");
  }

  /** One object a step. */
  public Path metrics() {
    return root.resolve("metrics.jsonl");
  }

  /** The saved states. */
  public Path checkpoints() {
    return root.resolve("checkpoints");
  }

  /** The tokenizer. */
  public Path tokenizer() {
    return root.resolve("tokenizer.json");
  }

  /** Token shards. */
  public Path data() {
    return root.resolve("data");
  }

  /** The trained model as a Hugging Face folder. */
  public Path model() {
    return root.resolve("model");
  }

  /** How the run came about: versions, machine, seed, times. */
  public Path provenance() {
    return root.resolve("run.json");
  }

  /** Makes the folder. */
  void create() {
    try {
      Files.createDirectories(root);
    } catch (IOException e) {
      throw new TrainException(root + ": the folder cannot be made: " + e.getMessage(), e);
    }
  }

  void writeConfig(TrainConfig config) {
    String head = "# The resolved configuration of this run; `hadal train --resume` reads it.\n";
    AtomicFile.write(config(), (head + config.toYaml()).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads the configuration of an existing run.
   *
   * @param overrides {@code section.key=value}
   */
  TrainConfig readConfig(List<String> overrides) {
    if (!Files.isRegularFile(config())) {
      throw new TrainException(
          root + ": expected the folder of a run, found no config.yaml; nothing to resume");
    }
    return TrainConfig.read(config(), overrides);
  }

  /**
   * Fills a folder and puts it in the place of another in one step.
   *
   * @param target the folder to replace
   * @param content fills an empty folder
   */
  static void replace(Path target, java.util.function.Consumer<Path> content) {
    Path fresh = target.resolveSibling("." + target.getFileName() + ".tmp");
    Path old = target.resolveSibling("." + target.getFileName() + ".old");
    try {
      delete(fresh);
      delete(old);
      Files.createDirectories(fresh);
      content.accept(fresh);
      if (Files.exists(target)) {
        Files.move(target, old);
      }
      Files.move(fresh, target);
      delete(old);
    } catch (IOException e) {
      throw new TrainException(target + ": cannot be written: " + e.getMessage(), e);
    }
  }

  /** Removes a folder that is only in the way. */
  static void remove(Path folder) {
    try {
      delete(folder);
    } catch (IOException e) {
      throw new TrainException(folder + ": cannot be removed: " + e.getMessage(), e);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> paths = Files.walk(folder)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
