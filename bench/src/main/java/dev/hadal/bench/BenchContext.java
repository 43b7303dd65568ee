package dev.hadal.bench;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.Kernels;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the benchmarks of one run share: options, the machine's limits, where remarks go. */
final class BenchContext {
  private final BenchOptions options;
  private final Consumer<String> notes;
  private final Set<String> said = new HashSet<>();
  private @Nullable MachineLimits limits;

  BenchContext(BenchOptions options, Consumer<String> notes) {
    this.options = options;
    this.notes = notes;
  }

  BenchOptions options() {
    return options;
  }

  /** The same with another number of threads. */
  BenchContext withThreads(int threads) {
    return threads == options.threads()
        ? this
        : new BenchContext(
            new BenchOptions(
                threads, options.tier(), options.json(), options.seconds(), options.peers()),
            notes);
  }

  int threads() {
    return options.threads();
  }

  double seconds() {
    return options.seconds();
  }

  /** A sentence for people; each once. */
  void note(String sentence) {
    if (said.add(sentence)) {
      notes.accept(sentence);
    }
  }

  /** Kernels of the wanted tier; the caller closes them before it measures anything else. */
  Kernels openKernels() {
    return KernelChoice.open(options.tier(), options.threads(), this::note);
  }

  /** The machine's limits, measured once in a run. */
  MachineLimits limits() {
    MachineLimits known = limits;
    if (known == null) {
      known = MachineLimits.measure(options.threads());
      limits = known;
    }
    return known;
  }
}
