package dev.hadal.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The tokenizer of a model's folder: {@code tokenizer.json}, or {@code tiktoken.model} with the
 * names of its special tokens in {@code tokenizer_config.json}.
 */
public final class TokenizerFiles {
  private static final String JSON = "tokenizer.json";
  private static final String TIKTOKEN = "tiktoken.model";

  private TokenizerFiles() {}

  /** The file that tells a folder's tokenizer, if there is one. */
  public static Optional<Path> find(Path folder) {
    Path json = folder.resolve(JSON);
    Path tiktoken = folder.resolve(TIKTOKEN);
    return Files.exists(json)
        ? Optional.of(json)
        : Files.exists(tiktoken) ? Optional.of(tiktoken) : Optional.empty();
  }

  /**
   * Reads a folder's tokenizer.
   *
   * @return nothing if the folder has none
   * @throws TextException if it has one that is not of a known kind
   */
  public static Optional<Tokenizer> read(Path folder) {
    return find(folder).map(TokenizerFiles::readFile);
  }

  /**
   * Reads a tokenizer's file: one whose name ends in {@code .model} is tiktoken's, any other one a
   * {@code tokenizer.json}.
   *
   * @throws TextException if it is not of a known kind
   */
  public static Tokenizer readFile(Path file) {
    return file.toString().endsWith(".model")
        ? TiktokenFolder.read(file, file.resolveSibling("tokenizer_config.json"))
        : TokenizerJson.read(file);
  }
}
