package dev.hadal.cli;

/** A port is taken. */
final class PortException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PortException(String message, Throwable cause) {
    super(message, cause);
  }
}
