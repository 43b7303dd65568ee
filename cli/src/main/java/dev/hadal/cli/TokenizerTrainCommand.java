package dev.hadal.cli;

import dev.hadal.text.AddedToken;
import dev.hadal.text.BpeTrainer;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerConfig;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Learns a byte-level BPE tokenizer from a corpus. */
@Command(
    sortOptions = false,
    description = {
      "Learns a byte-level BPE tokenizer with DeepSeek-V3's pre-tokenizer and writes tokenizer.json"
          + " and tokenizer_config.json. The special tokens come after the learned ones.",
      ""
    })
final class TokenizerTrainCommand implements Action {
  private static final int BYTES = 256;
  private static final int LARGEST = 1 << 24;
  private static final long NO_LIMIT = 1_000_000_000_000_000_000L;

  private final Console console;

  @Option(
      names = "--corpus",
      required = true,
      arity = "1..*",
      paramLabel = "PATH",
      description = "Files, folders, zip or JSONL files; several may follow.")
  private List<Path> corpus = new ArrayList<>();

  @Option(
      names = "--vocab-size",
      required = true,
      paramLabel = "N",
      description = "Tokens to learn, the 256 bytes included, special tokens not.")
  private int vocabularySize;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to write to.")
  private Path output = Path.of("");

  @Option(
      names = "--min-frequency",
      paramLabel = "N",
      defaultValue = "1",
      description = "How often a pair must occur to be merged. Default: 1.")
  private long minFrequency;

  @Option(names = "--no-special-tokens", description = "Only what is learned.")
  private boolean noSpecialTokens;

  @Mixin private CommonOptions common = new CommonOptions();

  TokenizerTrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    common.noteUnused(console);
    if (vocabularySize < BYTES || vocabularySize > LARGEST) {
      throw new UsageException(
          "--vocab-size: expected %d (the byte alphabet) to %d, found %d"
              .formatted(BYTES, LARGEST, vocabularySize));
    }
    if (minFrequency < 1) {
      throw new UsageException("--min-frequency: expected 1 or more, found " + minFrequency);
    }
    OutputPaths.requireFolder("--output", output);
    BpeTrainer plain = BpeTrainer.ofSize(vocabularySize).withThreads(common.threads());
    BpeTrainer trainer =
        new BpeTrainer(
            plain.preTokenizer(), vocabularySize, List.of(), minFrequency, plain.threads());
    long start = System.nanoTime();
    try (Documents documents = new Documents(corpus)) {
      Tokenizer learned = trainer.train(documents);
      Tokenizer complete = noSpecialTokens ? learned : withSpecialTokens(learned);
      write(complete);
      console.note(
          "%,d documents, %,d bytes, %,d tokens in %.1f s: %s"
              .formatted(
                  documents.count(),
                  documents.bytes(),
                  complete.size(),
                  (System.nanoTime() - start) * 1e-9,
                  output.resolve("tokenizer.json")));
    }
    return ExitCode.DONE;
  }

  private static Tokenizer withSpecialTokens(Tokenizer learned) {
    List<AddedToken> added = new ArrayList<>();
    for (String token : SpecialTokens.deepSeekV3().all()) {
      added.add(AddedToken.special(learned.size() + added.size(), token));
    }
    return learned.with(added);
  }

  private void write(Tokenizer tokenizer) {
    try {
      Files.createDirectories(output);
    } catch (IOException e) {
      throw new InputException(output + ": cannot be made: " + e.getMessage(), e);
    }
    TokenizerJson.write(tokenizer, output.resolve("tokenizer.json"));
    if (!noSpecialTokens) {
      TokenizerConfig.of(SpecialTokens.deepSeekV3(), NO_LIMIT)
          .write(output.resolve("tokenizer_config.json"));
    }
  }
}
