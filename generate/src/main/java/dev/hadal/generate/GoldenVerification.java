package dev.hadal.generate;

import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.model.GoldenVerifier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Compares this program with golden numbers of independent implementations. A folder of any kind is
 * recognised by its files (see {@link GoldenKind}), and every comparison that its files allow is
 * made: models in the FP64 reference and in the kernels given, tokenizers, chat templates, FP8
 * formats and products, GGUF blocks and files.
 */
public final class GoldenVerification {
  private static final int DEEPEST = 8;

  private final Kernels kernels;
  private final int threads;
  private final Consumer<String> progress;

  private GoldenVerification(Kernels kernels, int threads, Consumer<String> progress) {
    this.kernels = kernels;
    this.threads = threads;
    this.progress = progress;
  }

  /**
   * Compares everything in a folder and its sub-folders, in the order of their names.
   *
   * @param kernels kernels in FP32 that stay the caller's; the FP64 reference is used beside them
   * @param threads for training the tokenizer, at least one
   * @param progress told of each part before it begins
   * @throws GenerateException if nothing in the folder is of a known kind
   */
  public static List<GoldenReport> run(
      Path folder, Kernels kernels, int threads, Consumer<String> progress) {
    GoldenVerification verification = new GoldenVerification(kernels, threads, progress);
    List<GoldenReport> reports = new ArrayList<>();
    for (Path each : folders(folder)) {
      for (GoldenKind kind : GoldenKind.of(each)) {
        progress.accept(each + ": " + kind.label());
        reports.add(verification.report(each, kind));
      }
    }
    if (reports.isEmpty()) {
      throw new GenerateException(
          folder
              + ": expected golden numbers of a model, a tokenizer, chat templates, FP8 formats or GGUF"
              + " files in the folder or below it, found none");
    }
    return reports;
  }

  private static List<Path> folders(Path root) {
    if (!Files.isDirectory(root)) {
      throw new GenerateException(root + ": expected a folder of golden numbers");
    }
    // A walk does not enter a start that is a symbolic link.
    try (Stream<Path> paths =
        Files.walk(Files.isSymbolicLink(root) ? root.toRealPath() : root, DEEPEST)) {
      return paths.filter(Files::isDirectory).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new GenerateException(root + ": the folder cannot be read", e);
    }
  }

  private GoldenReport report(Path folder, GoldenKind kind) {
    return switch (kind) {
      case MODEL -> new GoldenReport(folder, kind, model(folder), List.of());
      case TOKENIZER ->
          new GoldenReport(folder, kind, TokenizerComparison.run(folder, threads), List.of());
      case FP8 -> new GoldenReport(folder, kind, Fp8Comparison.run(folder, kernels), List.of());
      case TEMPLATES -> new GoldenReport(folder, kind, TemplateComparison.run(folder), List.of());
      case GGUF -> gguf(folder, kind);
    };
  }

  private GoldenReport gguf(Path folder, GoldenKind kind) {
    if (!GgufComparison.possible(folder)) {
      String problem =
          folder
              + ": expected blocks.safetensors or logits.safetensors beside the GGUF files, found"
              + " neither";
      return new GoldenReport(folder, kind, List.of(), List.of(problem));
    }
    return new GoldenReport(folder, kind, GgufComparison.run(folder, kernels, progress), List.of());
  }

  private List<GoldenVerifier.Row> model(Path folder) {
    List<GoldenVerifier.Row> rows = new ArrayList<>();
    try (Kernels wide = new ReferenceKernels(Arithmetic.FP64)) {
      compareModel(folder, wide, "fp64", rows);
    }
    compareModel(folder, kernels, "fp32", rows);
    return rows;
  }

  /** The training model, whose attention is expanded, and the inference model with its cache. */
  private void compareModel(
      Path folder, Kernels with, String arithmetic, List<GoldenVerifier.Row> rows) {
    progress.accept("%s: training model, %s".formatted(folder, arithmetic));
    for (GoldenVerifier.Row row : GoldenVerifier.verify(folder, with)) {
      String name = "training %s %s".formatted(arithmetic, row.name());
      rows.add(new GoldenVerifier.Row(name, row.difference(), row.tolerance()));
    }
    progress.accept("%s: inference model, %s".formatted(folder, arithmetic));
    rows.addAll(InferenceComparison.run(folder, with, "inference %s ".formatted(arithmetic)));
  }
}
