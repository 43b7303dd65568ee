package dev.hadal.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. */
@Command(
    name = "hadal",
    mixinStandardHelpOptions = true,
    version = "hadal 0.1.0",
    description = "Trains, evaluates and serves models of the DeepSeek-V3 architecture.")
public final class Main {
  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
