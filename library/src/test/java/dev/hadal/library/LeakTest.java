package dev.hadal.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.generate.SamplingOptions;
import dev.hadal.model.PackedCache;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** A model leaves nothing behind: no byte outside of the heap, no thread. */
@Isolated
class LeakTest {
  private static final int TIMES = 20;

  @TempDir private static Path folder = Path.of("");

  @Test
  void closeGivesEverythingBack() throws IOException {
    Path model = TestModel.write(folder.resolve("model"), 7);
    for (int i = 0; i < 3; i++) {
      use(model);
    }
    long bytes = nativeBytes();
    long mapped = mappedBytes();
    Set<Thread> threads = threads();
    for (int i = 0; i < TIMES; i++) {
      use(model);
      assertThat(threads()).isSubsetOf(threads);
    }
    // Memory that the collector gives back may be a round late; what every round keeps is not.
    assertThat(nativeBytes() - bytes).isLessThan(TIMES * 256L);
    // The smallest of a model's workspaces is larger than this.
    assertThat(mappedBytes() - mapped).isLessThan(TIMES * (4L << 20));
  }

  private static void use(Path path) {
    LoadOptions options = LoadOptions.standard().withThreads(3).withWarnings(_ -> {});
    use(path, options);
    PackedCache cache = new PackedCache(folder.resolve("cache"), 1 << 30, _ -> {});
    use(path, options.withPackedCache(cache).withMemory(TestModel.bytes(2), TestModel.CONTEXT));
  }

  private static void use(Path path, LoadOptions options) {
    try (LanguageModel model = LanguageModel.load(path, options)) {
      model.generate("the cat", SamplingOptions.greedy(20));
      model.score("the cat sat");
      TokenStream left = model.stream("the cat", SamplingOptions.greedy(20));
      left.next();
    }
  }

  /** What arenas have reserved in this JVM, once the collector has given back what it can. */
  private static long nativeBytes() {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      System.gc();
      // It gives back on a thread of its own.
      LockSupport.parkNanos(20_000_000);
      least =
          Math.min(
              least,
              ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                  .filter(pool -> pool.getName().equals("direct"))
                  .mapToLong(BufferPoolMXBean::getMemoryUsed)
                  .sum());
    }
    return least;
  }

  /** The address space of the process, where the system tells it. */
  private static long mappedBytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("VmSize:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .sum()
        << 10;
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.isDaemon() || thread.getName().contains("hadal"))
        .collect(Collectors.toSet());
  }
}
