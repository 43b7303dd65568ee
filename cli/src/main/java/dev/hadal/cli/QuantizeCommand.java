package dev.hadal.cli;

import dev.hadal.generate.ModelFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.WeightForm;
import dev.hadal.model.WeightRewriter;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a model with small integers or FP8. */
@Command(
    sortOptions = false,
    description = {
      "Writes a model as a Hugging Face folder whose blocks' linears are small integers with a"
          + " scale for each group, as compressed-tensors describes them, or FP8. Embedding, head,"
          + " norms and gates stay as they are. One tensor after another is read; interrupted work"
          + " goes on with the same command.",
      ""
    })
final class QuantizeCommand implements Action {
  private static final int STANDARD_GROUP = 32;
  private static final Set<Integer> GROUPS = Set.of(32, 64, 128);

  private final Console console;

  @Mixin private RewriteOptions paths = new RewriteOptions();

  @Option(
      names = "--form",
      required = true,
      paramLabel = "FORM",
      description = "int4, int8 or fp8.")
  private String form = "";

  @Option(
      names = "--group",
      paramLabel = "N",
      description = "Integers that share a scale: 32 (default), 64 or 128.")
  private @Nullable Integer group;

  @Option(
      names = "--experts-only",
      description = "Only routed experts get the form; attention and other linears stay BF16.")
  private boolean expertsOnly;

  @Mixin private CommonOptions common = new CommonOptions();

  QuantizeCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    common.noteUnusedPrecision(console);
    WeightRewriter.Options options = options();
    ModelFiles model = paths.read();
    try (Kernels kernels = common.openKernels(console)) {
      return new Rewriting(console)
          .run(model, paths.output(), options, new WeightRewriter.Nearest(), kernels.team());
    }
  }

  private WeightRewriter.Options options() {
    WeightForm wanted =
        WeightForm.of(form)
            .filter(known -> known != WeightForm.BF16)
            .orElseThrow(
                () ->
                    new UsageException(
                        "--form: expected int4, int8 or fp8, found '%s'".formatted(form)));
    if (group != null && wanted == WeightForm.FP8) {
      throw new UsageException("--group: expected int4 or int8 with it, found --form fp8");
    }
    int size = group == null ? STANDARD_GROUP : group;
    if (!GROUPS.contains(size)) {
      throw new UsageException("--group: expected 32, 64 or 128, found " + size);
    }
    return new WeightRewriter.Options(wanted, size, expertsOnly, paths.shardBytes());
  }
}
