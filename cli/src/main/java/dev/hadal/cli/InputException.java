package dev.hadal.cli;

/** What a command reads itself is not what it needs. */
final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with one sentence: where, what was expected, what was found. */
  InputException(String message) {
    super(message);
  }

  /** The same, with the failure underneath. */
  InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
