package dev.hadal.assembler;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * Memory for code. Pages are mapped writable, filled, and only then made executable and read-only:
 * they are never both writable and executable, so no bug elsewhere can write code.
 */
public interface CodePages {
  /** What the beginning of code is aligned to, in bytes: at least a page. */
  int ALIGNMENT = 4096;

  /**
   * Puts code into pages of its own.
   *
   * @param code the bytes
   * @param arena frees the pages when it closes; code that still runs then would end the JVM
   * @return the code, executable, read-only, aligned to {@link #ALIGNMENT}
   * @throws ExecutableMemoryException if the host gives no such memory
   */
  MemorySegment load(byte[] code, Arena arena);

  /** This machine's; {@link #forbidden} where it is no Linux on x86-64. */
  static CodePages ofThisMachine() {
    String system = System.getProperty("os.name", "unknown");
    String architecture = System.getProperty("os.arch", "unknown");
    if (system.equals("Linux") && architecture.equals("amd64")) {
      return new LinuxCodePages();
    }
    return forbidden(
        "generated code needs Linux on amd64, this is %s on %s"
            .formatted(system, architecture.toLowerCase(Locale.ROOT)));
  }

  /**
   * Pages that can never be had, as on a host that forbids them.
   *
   * @param reason why, without a capital and a full stop
   */
  static CodePages forbidden(String reason) {
    return (_, _) -> {
      throw new ExecutableMemoryException("No executable memory: " + reason);
    };
  }
}
