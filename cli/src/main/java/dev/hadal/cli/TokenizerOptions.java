package dev.hadal.cli;

import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerJson;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which tokenizer a command works with. */
final class TokenizerOptions {
  private static final String FILE = "tokenizer.json";

  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "PATH",
      description = "A tokenizer.json, or a folder (of a model or a training run) that holds one.")
  private Path path = Path.of("");

  Tokenizer read() {
    if (!Files.exists(path)) {
      throw new InputException(path + ": there is no such file or folder");
    }
    if (!Files.isDirectory(path)) {
      return TokenizerJson.read(path);
    }
    Path inside = path.resolve(FILE);
    Path ofRun = path.resolve("model").resolve(FILE);
    Path file = !Files.exists(inside) && Files.exists(ofRun) ? ofRun : inside;
    if (!Files.exists(file)) {
      throw new InputException(inside + ": there is no such file");
    }
    return TokenizerJson.read(file);
  }
}
