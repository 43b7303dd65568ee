package dev.hadal.model;

/** A configuration or checkpoint does not describe a model of this family. */
public class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with one sentence: what was wrong, where, what was expected, what to do. */
  public ModelException(String message) {
    super(message);
  }

  /** The same, with the failure underneath. */
  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
