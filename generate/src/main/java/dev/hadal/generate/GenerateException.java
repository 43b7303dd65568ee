package dev.hadal.generate;

/** A request cannot be served as it is: it does not fit, or something it needs is missing. */
public class GenerateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with one sentence: what was wrong, what was expected, what was found. */
  public GenerateException(String message) {
    super(message);
  }

  /** The same, with the failure underneath. */
  public GenerateException(String message, Throwable cause) {
    super(message, cause);
  }
}
