package dev.hadal.bench;

/** A benchmark that cannot be run as it was asked for. */
public final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** One sentence: what was wrong, where, what was expected. */
  public BenchException(String message) {
    super(message);
  }

  /** The same with the cause. */
  public BenchException(String message, Throwable cause) {
    super(message, cause);
  }
}
