package dev.hadal.cli;

import dev.hadal.bench.BenchException;
import dev.hadal.format.FormatException;
import dev.hadal.generate.GenerateException;
import dev.hadal.model.ModelException;
import dev.hadal.serve.ServeException;
import dev.hadal.text.TextException;
import dev.hadal.train.TrainException;
import picocli.CommandLine.ParameterException;

/** The one place that knows which exception means which exit code. */
final class Failures {
  private Failures() {}

  /** The exit code of a failure. */
  static ExitCode codeOf(Throwable failure) {
    if (diskIsFull(failure)) {
      return ExitCode.TEMPORARY;
    }
    return switch (failure) {
      case UsageException _, ParameterException _ -> ExitCode.USAGE;
      case InputException _, FormatException _, TextException _ -> ExitCode.BAD_DATA;
      case ModelException _, GenerateException _ -> ExitCode.BAD_DATA;
      case TrainException _ -> ExitCode.CONFIGURATION;
      case ServeException refused ->
          refused.isTemporary() ? ExitCode.TEMPORARY : ExitCode.CONFIGURATION;
      case OutputException gone when gone.readerHasGone() -> ExitCode.DONE;
      case OutputException _, BenchException _, PortException _ -> ExitCode.TEMPORARY;
      case InternalError _ when mappedFileShrank(failure) -> ExitCode.BAD_DATA;
      default -> ExitCode.DEFECT;
    };
  }

  /** The sentence of a failure. */
  static String sentence(Throwable failure) {
    if (mappedFileShrank(failure)) {
      return "a file became shorter while it was being read; try again when nobody writes to it";
    }
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }

  /** What the JVM throws where a mapping reaches behind the end of its file. */
  private static boolean mappedFileShrank(Throwable failure) {
    return failure instanceof InternalError
        && String.valueOf(failure.getMessage()).contains("unsafe memory access");
  }

  private static boolean diskIsFull(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
        return true;
      }
    }
    return false;
  }
}
