package dev.hadal.serve;

/** A server cannot be started as it was asked for. */
public class ServeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean temporary;

  private ServeException(String message, boolean temporary, Throwable cause) {
    super(message, cause);
    this.temporary = temporary;
  }

  /** The configuration is wrong: the same call fails again. */
  public ServeException(String message) {
    super(message);
    this.temporary = false;
  }

  /** The configuration is wrong because of what is underneath. */
  public ServeException(String message, Throwable cause) {
    this(message, false, cause);
  }

  /** Something else is in the way, such as another program at the port: later it may work. */
  static ServeException temporary(String message, Throwable cause) {
    return new ServeException(message, true, cause);
  }

  /** Whether the same call may work later (exit code 75); if not, what was asked for is wrong. */
  public boolean isTemporary() {
    return temporary;
  }
}
