package dev.hadal.text;

import java.util.Objects;

/** A tokenizer file or text is not what was expected. */
public class TextException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with one sentence: what was wrong, where, what was expected, what to do. */
  public TextException(String message) {
    super(message);
  }

  /** The same, with the failure underneath. */
  public TextException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
