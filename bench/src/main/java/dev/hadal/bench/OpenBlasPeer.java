package dev.hadal.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** OpenBLAS in another process, as a contender in {@link Repetition}. */
final class OpenBlasPeer implements AutoCloseable {
  /** How long its threads spin after a product, with a margin. */
  private static final long SPIN_MILLIS = 60;

  /** Settings of a user's own that slow it down or choose its kernels. */
  private static final Set<String> VARIABLES =
      Set.of("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS");

  private final ChildJvm child;
  private final String core;

  private OpenBlasPeer(ChildJvm child, String core) {
    this.child = child;
    this.core = core;
  }

  /**
   * The library with the kernels it chooses and, where those are not for AVX-512 although the
   * processor has it, with those too: the faster one counts. None if it is not installed.
   */
  static List<OpenBlasPeer> start(int threads, boolean avx512, BenchContext context) {
    List<OpenBlasPeer> peers = new ArrayList<>();
    OpenBlasPeer chosen = start(threads, Map.of());
    if (chosen.core.equals(OpenBlasServer.NONE)) {
      chosen.close();
      context.note(
          "OpenBLAS is not installed, so its rows are missing; Debian has it as"
              + " libopenblas0-pthread.");
      return peers;
    }
    peers.add(chosen);
    Set<String> avx512Cores = Set.of("SkylakeX", "Cooperlake", "Sapphirerapids");
    if (avx512 && !avx512Cores.contains(chosen.core)) {
      OpenBlasPeer forced = start(threads, Map.of("OPENBLAS_CORETYPE", "SkylakeX"));
      peers.add(new OpenBlasPeer(forced.child, forced.core + ", forced"));
    }
    return peers;
  }

  private static OpenBlasPeer start(int threads, Map<String, String> variables) {
    ChildJvm child =
        new ChildJvm(OpenBlasServer.class, List.of(String.valueOf(threads)), VARIABLES, variables);
    return new OpenBlasPeer(child, child.readLine());
  }

  /** The library and the kernels it took. */
  String tier() {
    return "OpenBLAS (" + core + ")";
  }

  /** One product, timed by the other process; waits until its threads rest again. */
  double seconds(int m, int n, int k, int repetitions) {
    double seconds = Double.parseDouble(child.ask("%d %d %d %d".formatted(m, n, k, repetitions)));
    try {
      Thread.sleep(SPIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted while measuring", e);
    }
    return seconds;
  }

  @Override
  public void close() {
    child.close();
  }
}
