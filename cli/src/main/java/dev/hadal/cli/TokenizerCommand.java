package dev.hadal.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains a tokenizer, encodes, decodes: see the commands below it. */
@Command(description = "Trains a byte-level BPE tokenizer, encodes texts, decodes ids.")
final class TokenizerCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  @SuppressWarnings("UnusedVariable") // picocli keeps count itself
  private boolean help;
}
