package dev.hadal.library;

/**
 * A model cannot be loaded, or a request cannot be served as it is. The message is one sentence;
 * the cause is the exception of the module that found out.
 */
public final class HadalException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  HadalException(RuntimeException cause) {
    super(cause.getMessage(), cause);
  }
}
