package dev.hadal.cli;

import dev.hadal.bench.Doctor;
import dev.hadal.bench.DoctorOptions;
import dev.hadal.bench.DoctorReport;
import dev.hadal.kernels.ServedFamily;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Examines the machine. */
@Command(
    sortOptions = false,
    description = {
      "Examines the machine: JDK, vector width really used, cores, memory, measured read bandwidth"
          + " and FP32 peak, whether the kernels run vectorised. Exit code 1 if something is wrong.",
      ""
    })
final class DoctorCommand implements Action {
  private final Console console;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The folder that runs will be written to; default: the working folder.")
  private Path folder = Path.of("");

  @Option(
      names = "--families",
      description =
          "Only say which tier serves each family of kernels, and why; nothing is measured.")
  private boolean families;

  @Mixin private CommonOptions common = new CommonOptions();

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    common.noteUnusedPrecision(console);
    if (families) {
      return listFamilies();
    }
    DoctorReport report =
        Doctor.examine(new DoctorOptions(common.threads(), common.tier(), folder));
    report.lines().forEach(console.out()::println);
    return report.status() == 0 ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }

  private ExitCode listFamilies() {
    List<ServedFamily> served =
        Doctor.families(common.tier(), warning -> console.note("hadal: warning: " + warning));
    Doctor.lines(served).forEach(console.out()::println);
    return Doctor.fallsBackToReference(common.tier(), served)
        ? ExitCode.CHECK_FAILED
        : ExitCode.DONE;
  }
}
