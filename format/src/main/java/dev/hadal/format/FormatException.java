package dev.hadal.format;

/** Bytes that this module reads are not what their format asks for. */
public class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with one sentence: what was wrong, where, what was expected, what to do. */
  public FormatException(String message) {
    super(message);
  }

  /** The same, with the failure underneath. */
  public FormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
