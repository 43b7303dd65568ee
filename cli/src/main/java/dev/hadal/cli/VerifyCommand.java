package dev.hadal.cli;

import dev.hadal.generate.GoldenReport;
import dev.hadal.generate.GoldenVerification;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.GoldenVerifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares this program with independent implementations. */
@Command(
    sortOptions = false,
    description = {
      "Compares what Hadal computes with golden numbers of independent implementations. Each kind"
          + " of folder is recognised by its files; every comparison that the files allow is made"
          + " and printed with its tolerance. Exit code 0 if all hold, else 1.",
      ""
    })
final class VerifyCommand implements Action {
  private final Console console;

  @Option(
      names = "--golden",
      required = true,
      paramLabel = "FOLDER",
      description = "A folder of golden numbers, or one with such folders below it.")
  private Path golden = Path.of("");

  @Mixin private CommonOptions common = new CommonOptions();

  VerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    common.noteUnusedPrecision(console);
    common.tier();
    if (!Files.isDirectory(golden)) {
      throw new InputException(golden + ": expected a folder of golden numbers");
    }
    List<GoldenReport> reports;
    try (Kernels kernels = common.openKernels(console)) {
      reports = GoldenVerification.run(golden, kernels, common.threads(), console::note);
    }
    int rows = 0;
    int failed = 0;
    for (GoldenReport report : reports) {
      print(report);
      rows += report.rows().size();
      failed += (int) report.rows().stream().filter(row -> !row.ok()).count();
      failed += report.passed() ? 0 : report.problems().size();
    }
    boolean passed = reports.stream().allMatch(GoldenReport::passed);
    console
        .out()
        .println(
            passed
                ? "All %d comparisons hold.".formatted(rows)
                : "%d of %d comparisons do not hold or could not be made."
                    .formatted(failed, rows + failed));
    return passed ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }

  private void print(GoldenReport report) {
    Output out = console.out();
    out.println("%s (%s)".formatted(report.folder(), report.kind().label()));
    int width =
        report.rows().stream()
            .map(GoldenVerifier.Row::name)
            .mapToInt(String::length)
            .max()
            .orElse(0);
    for (GoldenVerifier.Row row : report.rows()) {
      out.println(
          "  %s  %s%s  %11.3e  tolerance %9.3e"
              .formatted(
                  row.ok() ? "ok  " : "FAIL",
                  row.name(),
                  " ".repeat(width - row.name().length()),
                  row.difference(),
                  row.tolerance()));
    }
    report.problems().forEach(problem -> out.println("  FAIL  " + problem));
    out.flush();
  }
}
