package dev.hadal.cli;

import dev.hadal.generate.GoldenReport;
import dev.hadal.generate.GoldenVerification;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.GoldenVerifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Looks whether a model is whole, or compares this program with independent implementations. */
@Command(
    sortOptions = false,
    description = {
      "With -m: reads all weights once, for names, shapes, numbers that are not finite and hashes,"
          + " then takes a short prompt through the model layer by layer and compares every bit"
          + " with the scalar reference; one layer at a time is in memory.",
      "With --golden: compares what Hadal computes with golden numbers of independent"
          + " implementations. Each kind of folder is recognised by its files; every comparison"
          + " that the files allow is made and printed with its tolerance.",
      "Exit code 0 if all holds, else 1.",
      ""
    })
final class VerifyCommand implements Action {
  private final Console console;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "PATH",
      description =
          "A training run, a Hugging Face folder, a weights file in such a folder, or a GGUF file.")
  private @Nullable Path model;

  @Option(
      names = "--only",
      paramLabel = "PART",
      description = "weights or layers; default: both, the layers if the weights hold.")
  private @Nullable String only;

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      description = "What goes through the layers; default: a sentence, or ids without tokenizer.")
  private @Nullable String prompt;

  @Option(
      names = "--layers",
      paramLabel = "A-B",
      description =
          "Compare layers A to B only, counted from 0, the MTP layer last; those before are passed"
              + " through.")
  private @Nullable String layers;

  @Option(names = "--json", description = "Print one JSON object; with -m.")
  private boolean json;

  @Option(
      names = "--golden",
      paramLabel = "FOLDER",
      description = "A folder of golden numbers, or one with such folders below it.")
  private @Nullable Path golden;

  @Mixin private CommonOptions common = new CommonOptions();

  VerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    if (model != null && golden == null) {
      return new ModelVerification(
              console, common, only, Optional.ofNullable(prompt), Optional.ofNullable(layers), json)
          .run(model);
    }
    boolean ofModel = only != null || prompt != null || layers != null || json;
    if (golden == null || model != null || ofModel) {
      throw new UsageException(
          ofModel && model == null
              ? "expected --model PATH beside --only, --prompt, --layers and --json, found none"
              : "expected --model PATH or --golden FOLDER, found %s"
                  .formatted(model == null ? "neither" : "both"));
    }
    return compare(golden);
  }

  private ExitCode compare(Path golden) {
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
