package dev.hadal.cli;

import dev.hadal.bench.Doctor;
import dev.hadal.bench.DoctorOptions;
import dev.hadal.bench.DoctorReport;
import java.nio.file.Path;
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

  @Mixin private CommonOptions common = new CommonOptions();

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    common.noteUnusedPrecision(console);
    DoctorReport report =
        Doctor.examine(new DoctorOptions(common.threads(), common.tier(), folder));
    report.lines().forEach(console.out()::println);
    return report.status() == 0 ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }
}
