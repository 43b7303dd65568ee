package dev.hadal.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;

/** The commands. Only the one that was asked for is built: reflection on all would cost time. */
enum Verb {
  GENERATE("continues a text with a model"),
  SCORE("writes logits and inner states of prompts for comparison"),
  TOKENIZER("trains a tokenizer, encodes, decodes");

  private final String summary;

  Verb(String summary) {
    this.summary = summary;
  }

  /** The word that the user types. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What it does, in a few words. */
  String summary() {
    return summary;
  }

  /** Reads this command's arguments. */
  CommandLine commandLine(Console console) {
    return switch (this) {
      case GENERATE -> new CommandLine(new GenerateCommand(console));
      case SCORE -> new CommandLine(new ScoreCommand(console));
      case TOKENIZER ->
          new CommandLine(new TokenizerCommand())
              .addSubcommand("train", new TokenizerTrainCommand(console))
              .addSubcommand("encode", new TokenizerEncodeCommand(console))
              .addSubcommand("decode", new TokenizerDecodeCommand(console));
    };
  }

  /** All words. */
  static List<String> words() {
    return Arrays.stream(values()).map(Verb::word).toList();
  }
}
