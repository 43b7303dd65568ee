package dev.hadal.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What Ctrl-C and a request to terminate do while a command works: the first asks it to come to an
 * end, the second ends the process at once.
 *
 * <p>A shutdown hook cannot tell a second signal. The JDK's only way to one is {@code
 * sun.misc.Signal} of the module {@code jdk.unsupported}, which javac warns of wherever it is
 * named; so it is called by reflection.
 */
final class Interrupts implements AutoCloseable {
  private static final String CTRL_C = "INT";
  private static final List<String> SIGNALS = List.of(CTRL_C, "TERM");

  private final Class<?> signal;
  private final Method handle;
  private final Object endAtOnce;
  private final Map<String, Object> before = new ConcurrentHashMap<>();

  private Interrupts(Runnable stop, boolean once) throws ReflectiveOperationException {
    ClassLoader loader = ClassLoader.getSystemClassLoader();
    signal = loader.loadClass("sun.misc.Signal");
    Class<?> handler = loader.loadClass("sun.misc.SignalHandler");
    handle = signal.getMethod("handle", signal, handler);
    endAtOnce = handler.getField("SIG_DFL").get(null);
    MethodHandle task =
        MethodHandles.lookup()
            .bind(
                once ? (Runnable) () -> first(stop) : stop,
                "run",
                MethodType.methodType(void.class));
    Object first =
        MethodHandleProxies.asInterfaceInstance(
            handler, MethodHandles.dropArguments(task, 0, signal));
    for (String name : once ? SIGNALS : List.of(CTRL_C)) {
      before.put(name, set(name, first));
    }
  }

  /**
   * From now on the first signal runs the task.
   *
   * @param stop asks the work to come to an end; must not take long
   */
  static Interrupts onFirst(Runnable stop) {
    return handle(stop, true);
  }

  /**
   * From now on every Ctrl-C runs the task and nothing more; a request to terminate does what it
   * did.
   *
   * @param stop must not take long
   */
  static Interrupts onCtrlC(Runnable stop) {
    return handle(stop, false);
  }

  private static Interrupts handle(Runnable stop, boolean once) {
    try {
      return new Interrupts(stop, once);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("signals cannot be handled", e);
    }
  }

  private void first(Runnable stop) {
    SIGNALS.forEach(name -> set(name, endAtOnce));
    stop.run();
  }

  /** Gives a signal a handler; returns the one that it had. */
  private Object set(String name, Object handler) {
    try {
      return handle.invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("signals cannot be handled", e);
    }
  }

  /** Signals do again what they did before. */
  @Override
  public void close() {
    before.forEach(this::set);
  }
}
