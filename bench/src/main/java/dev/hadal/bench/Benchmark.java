package dev.hadal.bench;

import java.util.List;

/** Something that is measured under a name. */
interface Benchmark {
  /** The name on the command line, the first part of its results' names. */
  String name();

  /** One line for people: what it measures. */
  String description();

  /** Whether it runs when no benchmark is named. */
  default boolean isUsual() {
    return true;
  }

  /** Measures. */
  List<BenchResult> run(BenchContext context);
}
