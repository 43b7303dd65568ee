package dev.hadal.cli;

import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which tokenizer a command works with. */
final class TokenizerOptions {
  @Option(
      names = {"-m", "--model", "--tokenizer"},
      required = true,
      paramLabel = "PATH",
      description =
          "A folder (of a model or a training run) with a tokenizer.json or a tiktoken.model, or one"
              + " of these files.")
  private Path path = Path.of("");

  Tokenizer read() {
    if (!Files.exists(path)) {
      throw new InputException(path + ": there is no such file or folder");
    }
    if (!Files.isDirectory(path)) {
      return TokenizerFiles.readFile(path);
    }
    Optional<Path> file =
        TokenizerFiles.find(path).or(() -> TokenizerFiles.find(path.resolve("model")));
    return TokenizerFiles.readFile(
        file.orElseThrow(
            () ->
                new InputException(
                    path
                        + ": expected tokenizer.json or tiktoken.model in the folder, found none")));
  }
}
