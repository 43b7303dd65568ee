package dev.hadal.cli;

import java.util.Optional;

/** Where the lines of a chat come from. */
interface ChatInput extends AutoCloseable {
  /**
   * The next line without its end, or nothing at the end of the input.
   *
   * @param continued whether it goes on with an entry of several lines
   * @throws Abandoned if the user gave the entry up
   */
  Optional<String> line(boolean continued) throws Abandoned;

  @Override
  void close();

  /** Ctrl-C while a line is being written. */
  final class Abandoned extends Exception {
    private static final long serialVersionUID = 1L;
  }
}
