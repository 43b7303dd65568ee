package dev.hadal.cli;

import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The command line. */
public final class Main {
  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    // Numbers and names of files are spelled the same on every machine.
    Locale.setDefault(Locale.ROOT);
    // Libraries note what they do; a user reads what needs attention.
    Logger.getLogger("").setLevel(Level.WARNING);
    System.exit(new Program(Console.ofProcess(), System.getenv()).run(arguments));
  }
}
