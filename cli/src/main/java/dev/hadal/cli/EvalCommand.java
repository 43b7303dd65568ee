package dev.hadal.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures a model: see the commands below it. */
@Command(description = "Measures a model on texts.")
final class EvalCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  @SuppressWarnings("UnusedVariable") // picocli keeps count itself
  private boolean help;
}
