package dev.hadal.cli;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command has. */
final class CommonOptions {
  private static final int MOST_THREADS = 1024;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute; default: all processors.")
  private @Nullable Integer threads;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description =
          "Arithmetic: exact, bf16, fp8 or int8 for inference; fp32, bf16 or fp8 for training.")
  private @Nullable String precision;

  @Option(
      names = "--kernels",
      paramLabel = "TIER",
      description =
          "Implementation: reference, vector, generated or auto (default); all give the same bits.")
  private @Nullable String kernels;

  @Option(
      names = "--stacktrace",
      description = "Print the stack trace of a failure, for a report of a defect.")
  @SuppressWarnings("UnusedVariable") // Program looks for the word: arguments may be unreadable
  private boolean stacktrace;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  @SuppressWarnings("UnusedVariable") // picocli keeps count itself
  private boolean help;

  /** How many threads compute. */
  int threads() {
    if (threads == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    if (threads < 1 || threads > MOST_THREADS) {
      throw new UsageException(
          "--threads: expected 1 to %d, found %d".formatted(MOST_THREADS, threads));
    }
    return threads;
  }

  /** Which kernels are wanted. */
  KernelTier tier() {
    if (kernels == null) {
      return KernelTier.AUTO;
    }
    try {
      return KernelTier.of(kernels);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--" + e.getMessage(), e);
    }
  }

  /** The kernels, with a note for every fall-back. */
  Kernels openKernels(Console console) {
    return KernelChoice.open(
        tier(), threads(), warning -> console.note("hadal: warning: " + warning));
  }

  /** The arithmetic of inference; {@code fp32} is another word for exact. */
  InferenceMode inferenceMode(InferenceMode otherwise) {
    return precision == null ? otherwise : inferenceMode(precision);
  }

  /** Several arithmetics with commas between them; none where no precision was asked for. */
  List<InferenceMode> inferenceModes() {
    return precision == null
        ? List.of()
        : Arrays.stream(precision.split(",", -1)).map(CommonOptions::inferenceMode).toList();
  }

  private static InferenceMode inferenceMode(String name) {
    return switch (name) {
      case "exact", "fp32" -> InferenceMode.EXACT;
      case "bf16" -> InferenceMode.BF16;
      case "fp8" -> InferenceMode.FP8;
      case "int8" -> InferenceMode.INT8;
      default ->
          throw new UsageException(
              "--precision: expected exact, bf16, fp8 or int8, found '%s'".formatted(name));
    };
  }

  /** The arithmetic of inference, where one was asked for. */
  Optional<InferenceMode> namedInferenceMode() {
    return precision == null ? Optional.empty() : Optional.of(inferenceMode(InferenceMode.EXACT));
  }

  /** The precision of training, where one was asked for. */
  Optional<String> trainingPrecision() {
    if (precision != null && !List.of("fp32", "bf16", "fp8").contains(precision)) {
      throw new UsageException(
          "--precision: expected fp32, bf16 or fp8, found '%s'".formatted(precision));
    }
    return Optional.ofNullable(precision);
  }

  /** Says that a command that does not compute passes over the options for those that do. */
  void noteUnused(Console console) {
    tier();
    if (kernels != null) {
      console.note("hadal: --kernels has no effect on this command.");
    }
    noteUnusedPrecision(console);
  }

  /** Says that a command has no choice of precision. */
  void noteUnusedPrecision(Console console) {
    inferenceMode(InferenceMode.EXACT);
    if (precision != null) {
      console.note("hadal: --precision has no effect on this command.");
    }
  }
}
