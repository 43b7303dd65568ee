package dev.hadal.cli;

import java.io.IOException;

/** Standard output takes no more. */
final class OutputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutputException(IOException cause) {
    super("standard output: cannot be written: " + cause.getMessage(), cause);
  }

  /** Whether the reader has gone, as {@code head} does when it has seen enough. */
  boolean readerHasGone() {
    return getCause() instanceof IOException cause
        && String.valueOf(cause.getMessage()).contains("Broken pipe");
  }
}
