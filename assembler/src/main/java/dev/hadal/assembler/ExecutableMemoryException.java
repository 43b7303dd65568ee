package dev.hadal.assembler;

/** Memory that may hold code cannot be had: the host forbids it, or has no more. */
public final class ExecutableMemoryException extends AssemblerException {
  /** One sentence: what was refused and by what error. */
  public ExecutableMemoryException(String message) {
    super(message);
  }
}
