package dev.hadal.generate;

import dev.hadal.model.GoldenVerifier;
import java.nio.file.Path;
import java.util.List;

/**
 * What comparing one folder of golden numbers gave.
 *
 * @param folder where they are
 * @param kind what they are
 * @param rows every comparison that was made
 * @param problems what could not be compared, in whole sentences; each counts as a failure
 */
public record GoldenReport(
    Path folder, GoldenKind kind, List<GoldenVerifier.Row> rows, List<String> problems) {
  /** Copies the lists. */
  public GoldenReport {
    rows = List.copyOf(rows);
    problems = List.copyOf(problems);
  }

  /** Whether there were comparisons, all held, and nothing was left out. */
  public boolean passed() {
    return problems.isEmpty() && !rows.isEmpty() && rows.stream().allMatch(GoldenVerifier.Row::ok);
  }
}
