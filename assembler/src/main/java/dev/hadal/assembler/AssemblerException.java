package dev.hadal.assembler;

/** Code that cannot be assembled, loaded or linked. */
public class AssemblerException extends RuntimeException {
  /** One sentence: what is wrong and where. */
  public AssemblerException(String message) {
    super(message);
  }

  /** One sentence and what caused it. */
  public AssemblerException(String message, Throwable cause) {
    super(message, cause);
  }
}
