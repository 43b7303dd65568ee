package dev.hadal.cli;

/** A command whose arguments have been read. */
interface Action {
  /** Does it. Failures are exceptions; {@link Failures} knows their codes. */
  ExitCode run();
}
