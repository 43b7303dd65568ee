package dev.hadal.generate;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The kinds of folders of golden numbers, recognised by their files. */
public enum GoldenKind {
  /** {@code config.json} beside {@code golden.safetensors} or {@code train.safetensors}. */
  MODEL,
  /** {@code trained.json}, or {@code cases.json} beside {@code tokenizer.json}. */
  TOKENIZER,
  /** {@code fp8.safetensors}. */
  FP8,
  /** {@code cases.json} beside chat templates, {@code *.jinja}. */
  TEMPLATES,
  /** {@code blocks.safetensors} or {@code *.gguf}. */
  GGUF;

  /** The name in reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kinds of a folder's own files, sub-folders left out. */
  static List<GoldenKind> of(Path folder) {
    List<GoldenKind> kinds = new ArrayList<>();
    if (has(folder, "config.json")
        && (has(folder, "golden.safetensors") || has(folder, "train.safetensors"))) {
      kinds.add(MODEL);
    }
    if (has(folder, "trained.json")
        || (has(folder, "cases.json") && has(folder, "tokenizer.json"))) {
      kinds.add(TOKENIZER);
    }
    if (has(folder, Fp8Comparison.FILE)) {
      kinds.add(FP8);
    }
    if (has(folder, "cases.json") && holds(folder, "*.jinja")) {
      kinds.add(TEMPLATES);
    }
    if (has(folder, "blocks.safetensors") || holds(folder, "*.gguf")) {
      kinds.add(GGUF);
    }
    return kinds;
  }

  private static boolean has(Path folder, String file) {
    return Files.isRegularFile(folder.resolve(file));
  }

  private static boolean holds(Path folder, String glob) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, glob)) {
      return files.iterator().hasNext();
    } catch (IOException e) {
      throw new GenerateException(folder + ": the folder cannot be read", e);
    }
  }
}
