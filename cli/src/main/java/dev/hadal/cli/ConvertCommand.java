package dev.hadal.cli;

import dev.hadal.generate.ModelFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.WeightForm;
import dev.hadal.model.WeightRewriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a model in BF16 or FP8. */
@Command(
    sortOptions = false,
    description = {
      "Writes a model as a Hugging Face folder in BF16 or FP8, whatever it is stored in: BF16,"
          + " FP8, small integers, GGUF. One tensor after another is read; an interrupted"
          + " conversion goes on with the same command.",
      ""
    })
final class ConvertCommand implements Action {
  private static final int NO_GROUP = 32;

  private final Console console;

  @Mixin private RewriteOptions paths = new RewriteOptions();

  @Option(
      names = "--to",
      paramLabel = "FORM",
      description =
          "bf16 (default), or fp8: the blocks' linears in E4M3 with a scale for each 128x128.")
  private String form = WeightForm.BF16.label();

  @Mixin private CommonOptions common = new CommonOptions();

  ConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    common.noteUnusedPrecision(console);
    WeightForm wanted =
        WeightForm.of(form)
            .filter(known -> known == WeightForm.BF16 || known == WeightForm.FP8)
            .orElseThrow(
                () -> new UsageException("--to: expected bf16 or fp8, found '%s'".formatted(form)));
    WeightRewriter.Options options =
        new WeightRewriter.Options(wanted, NO_GROUP, false, paths.shardBytes());
    ModelFiles model = paths.read();
    try (Kernels kernels = common.openKernels(console)) {
      return new Rewriting(console).run(model, paths.output(), options, new int[0], kernels);
    }
  }
}
