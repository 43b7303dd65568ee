package dev.hadal.cli;

import dev.hadal.generate.ModelFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.WeightForm;
import dev.hadal.model.WeightRewriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
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
  private static final int STANDARD_TOKENS = 32_768;
  private static final String NEAREST = "nearest";
  private static final String GPTQ = "gptq";
  private static final Set<String> METHODS = Set.of(NEAREST, GPTQ);
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

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description =
          "How integers are chosen: nearest (default), or gptq, which changes least of what the"
              + " linears make of a text.")
  private String method = NEAREST;

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description = "The text for gptq in UTF-8, like what the model is to be used for.")
  private @Nullable Path calibration;

  @Option(
      names = "--calibration-tokens",
      paramLabel = "N",
      description = "The most tokens of it; default: 32768. Memory grows with them.")
  private int calibrationTokens = STANDARD_TOKENS;

  @Mixin private CommonOptions common = new CommonOptions();

  QuantizeCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    common.noteUnusedPrecision(console);
    WeightRewriter.Options options = options();
    boolean calibrates = calibrates(options.form());
    ModelFiles model = paths.read();
    int[] text = calibrates ? calibration(model) : new int[0];
    try (Kernels kernels = common.openKernels(console)) {
      return new Rewriting(console).run(model, paths.output(), options, text, kernels);
    }
  }

  private boolean calibrates(WeightForm wanted) {
    if (!METHODS.contains(method)) {
      throw new UsageException("--method: expected nearest or gptq, found '%s'".formatted(method));
    }
    boolean calibrates = method.equals(GPTQ);
    if (calibrates && wanted == WeightForm.FP8) {
      throw new UsageException("--method gptq: expected --form int4 or int8, found fp8");
    }
    if (calibrates != (calibration != null)) {
      throw new UsageException(
          calibrates
              ? "--method gptq: expected --calibration FILE, found none"
              : "--calibration: expected --method gptq with it, found " + method);
    }
    if (calibrationTokens < 1) {
      throw new UsageException(
          "--calibration-tokens: expected 1 or more, found " + calibrationTokens);
    }
    return calibrates;
  }

  /** The first tokens of the text. */
  private int[] calibration(ModelFiles model) {
    Path file = Objects.requireNonNull(calibration);
    int[] ids = model.requireTokenizer().encodeOrdinary(TextFiles.read(console, file));
    if (ids.length == 0) {
      throw new InputException(file + ": expected a text, found none");
    }
    return Arrays.copyOf(ids, Math.min(ids.length, calibrationTokens));
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
