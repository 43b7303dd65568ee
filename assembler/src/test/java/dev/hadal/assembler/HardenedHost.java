package dev.hadal.assembler;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Set;

/**
 * A program that takes from itself, for good, the right to make memory executable, as a hardened
 * host would, and says what becomes of the loader. {@link HardenedHostTest} runs it.
 */
final class HardenedHost {
  /** What it prints where the system knows no such prohibition. */
  static final String UNKNOWN = "unknown";

  /** "Memory deny write execute", since Linux 6.3; refuse to gain execution. */
  private static final int PR_SET_MDWE = 65;

  private static final long REFUSE_EXEC_GAIN = 1;

  private HardenedHost() {}

  /** Prints one line. */
  public static void main(String[] arguments) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle prctl =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("prctl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    if ((int) prctl.invokeExact(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0L, 0L, 0L) != 0) {
      System.out.println(UNKNOWN);
      return;
    }
    CodeLoader loader = CodeLoader.ofThisMachine();
    System.out.println(
        loader.processor().present() + " " + loader.obstacle(Set.of()).orElse("no obstacle"));
  }
}
