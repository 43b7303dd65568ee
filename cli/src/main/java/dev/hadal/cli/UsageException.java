package dev.hadal.cli;

/** The command line is wrong. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with one sentence: what was wrong, what was expected. */
  UsageException(String message) {
    super(message);
  }

  /** The same, with the failure underneath. */
  UsageException(String message, Throwable cause) {
    super(message, cause);
  }
}
