package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InterruptsTest {
  /** The JDK's own way to send this process a signal. */
  private static void raise() throws ReflectiveOperationException {
    Class<?> signal = ClassLoader.getSystemClassLoader().loadClass("sun.misc.Signal");
    Object interrupt = signal.getConstructor(String.class).newInstance("INT");
    signal.getMethod("raise", signal).invoke(null, interrupt);
  }

  @Test
  void everyCtrlCStopsAnAnswerAndNoneTheProgram()
      throws ReflectiveOperationException, InterruptedException {
    Semaphore stops = new Semaphore(0);
    try (Interrupts _ = Interrupts.onCtrlC(stops::release)) {
      for (int i = 0; i < 3; i++) {
        raise();
        assertThat(stops.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      }
    }
  }
}
