package dev.hadal.generate;

import com.sun.management.OperatingSystemMXBean;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMemory;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.MemoryLimit;
import dev.hadal.model.ModelConfig;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Refuses a model that does not fit, before anything of it is loaded, with the numbers and with
 * what would fit.
 *
 * @param weights for the message
 * @param limit where one was given
 */
record MemoryCheck(
    Path weights,
    ModelConfig config,
    InferenceMode mode,
    Kernels kernels,
    Optional<MemoryLimit> limit) {
  /**
   * Checks a need.
   *
   * @throws GenerateException if it is more than the machine has, or a limit is
   * @throws dev.hadal.model.ModelException if a limit is too small
   */
  void require(InferenceMemory need) {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system)) {
      limit.ifPresent(given -> given.require(weights.toString(), need));
      return;
    }
    require(need, system.getTotalMemorySize());
  }

  /** The same on a machine of so many bytes. */
  void require(InferenceMemory need, long present) {
    if (limit.isPresent()) {
      MemoryLimit given = limit.get();
      given.require(weights.toString(), need);
      long used = Math.min(given.bytes(), need.total(given.positions()));
      if (used > present) {
        throw new GenerateException(
            String.format(
                Locale.ROOT,
                "%s: expected a limit of at most the machine's %,d MB of memory, found %,d MB",
                weights,
                present >> 20,
                given.bytes() >> 20));
      }
    } else if (need.total(1) > present) {
      throw new GenerateException(
          String.format(
              Locale.ROOT,
              "%s: the model does not fit into the machine's %,d MB of memory: %s; %s",
              weights,
              present >> 20,
              need.describe(1),
              alternatives(need, present)));
    }
  }

  private String alternatives(InferenceMemory need, long present) {
    List<String> fitting = new ArrayList<>();
    if (need.least(1) <= present) {
      fitting.add(
          String.format(
              Locale.ROOT,
              "--memory (generate, chat, bench) with %,d MB or more, which reads experts from the"
                  + " disk as they are needed",
              megabytes(need.least(1))));
    }
    if (!mode.keepsIntegers()) {
      InferenceMemory narrow = InferenceMemory.of(config, InferenceMode.FP8, kernels);
      if (mode != InferenceMode.FP8 && narrow.total(1) <= present) {
        fitting.add(
            String.format(Locale.ROOT, "--precision fp8 with %,d MB", megabytes(narrow.total(1))));
      }
      long integers = InferenceMemory.ofIntegers(config, kernels).total(1);
      if (integers <= present) {
        fitting.add(
            String.format(
                Locale.ROOT, "4-bit weights (hadal quantize) with %,d MB", megabytes(integers)));
      }
    }
    return fitting.isEmpty()
        ? "a machine with more is needed"
        : "what would fit: " + String.join("; or ", fitting);
  }

  private static long megabytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
