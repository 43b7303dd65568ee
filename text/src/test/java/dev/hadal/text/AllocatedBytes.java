package dev.hadal.text;

import java.lang.reflect.Method;

/**
 * How much memory a thread has taken. By reflection, because the module under test does not read
 * the module java.management.
 */
final class AllocatedBytes {
  private AllocatedBytes() {}

  static long ofThisThread() {
    try {
      Object threads =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      Method bytes =
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getCurrentThreadAllocatedBytes");
      return (long) bytes.invoke(threads);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }
}
