package dev.hadal.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Adds up time and arithmetic of named work. One thread: the caller of the kernels. */
final class Stopwatch {
  /**
   * What one name took.
   *
   * @param name of the work
   * @param calls how often
   * @param seconds in all
   * @param flops floating-point operations in all; 0 where they are not counted
   */
  record Entry(String name, long calls, double seconds, double flops) {
    private Entry plus(double moreSeconds, double moreFlops) {
      return new Entry(name, calls + 1, seconds + moreSeconds, flops + moreFlops);
    }
  }

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  void time(String name, Runnable work) {
    time(name, 0, work);
  }

  void time(String name, double flops, Runnable work) {
    time(
        name,
        flops,
        () -> {
          work.run();
          return true;
        });
  }

  <T> T time(String name, Supplier<T> work) {
    return time(name, 0, work);
  }

  private <T> T time(String name, double flops, Supplier<T> work) {
    long begin = System.nanoTime();
    T result = work.get();
    add(name, (System.nanoTime() - begin) * 1e-9, flops);
    return result;
  }

  private void add(String name, double seconds, double flops) {
    Entry known = entries.getOrDefault(name, new Entry(name, 0, 0, 0));
    entries.put(name, known.plus(seconds, flops));
  }

  /** What was measured, the longest first. */
  List<Entry> entries() {
    List<Entry> sorted = new ArrayList<>(entries.values());
    sorted.sort(Comparator.comparingDouble(Entry::seconds).reversed());
    return sorted;
  }

  /** Seconds of all entries. */
  double seconds() {
    return entries.values().stream().mapToDouble(Entry::seconds).sum();
  }

  void reset() {
    entries.clear();
  }
}
