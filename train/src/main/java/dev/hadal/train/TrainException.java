package dev.hadal.train;

import org.jspecify.annotations.Nullable;

/** A training run cannot begin or go on: its configuration, data, memory or numbers forbid it. */
public class TrainException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with one sentence: what was wrong, where, what was expected, what to do. */
  public TrainException(String message) {
    super(message);
  }

  /** The same, with the failure underneath. */
  public TrainException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
