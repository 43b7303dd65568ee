package dev.hadal.model;

import java.util.Objects;

/**
 * What this thread has taken so far. By reflection, because the module under test does not read the
 * module java.management.
 */
final class ThreadCosts {
  private ThreadCosts() {}

  static long allocatedBytes() {
    return read("com.sun.management.ThreadMXBean", "getCurrentThreadAllocatedBytes");
  }

  static long processorNanos() {
    return read("java.lang.management.ThreadMXBean", "getCurrentThreadCpuTime");
  }

  private static long read(String bean, String getter) {
    try {
      Object threads =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      return (long) Objects.requireNonNull(Class.forName(bean).getMethod(getter).invoke(threads));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }
}
