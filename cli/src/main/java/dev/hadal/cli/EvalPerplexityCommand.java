package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import dev.hadal.format.Quoting;
import dev.hadal.generate.ModelFiles;
import dev.hadal.generate.ModelFolder;
import dev.hadal.generate.Scorer;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Perplexities of models on a text, beside the first one's. */
@Command(
    sortOptions = false,
    description = {
      "Prints the perplexity of each model for a text, e to the mean loss of a token, and its"
          + " difference from the first one's: what a quantised form costs. A model's arithmetic"
          + " is the one that suits how it is stored, unless --precision names others. Perplexities"
          + " compare only between models of the same tokenizer.",
      ""
    })
final class EvalPerplexityCommand implements Action {
  private static final int STANDARD_WINDOW = 512;

  private final Console console;

  @Parameters(
      arity = "1",
      paramLabel = "FILE",
      description = "The text in UTF-8; - for standard input.")
  private Path file = Path.of("");

  @Option(
      names = {"-m", "--model"},
      required = true,
      paramLabel = "PATH",
      description = "A model as elsewhere; several in turn, the first of which is compared with.")
  private List<Path> models = new ArrayList<>();

  @Option(
      names = "--window",
      paramLabel = "N",
      description =
          "Tokens that are predicted together; default: 512, or all positions if they are fewer.")
  private @Nullable Integer window;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Mixin private CommonOptions common = new CommonOptions();

  EvalPerplexityCommand(Console console) {
    this.console = console;
  }

  /** The score of a model in an arithmetic. */
  private record Line(Path model, InferenceMode mode, int window, Scorer.Score score) {}

  @Override
  public ExitCode run() {
    List<InferenceMode> modes = common.inferenceModes();
    common.tier();
    List<ModelFiles> read = models.stream().map(ModelFiles::read).toList();
    read.forEach(this::length);
    String text = TextFiles.read(console, file);
    List<Line> lines = new ArrayList<>();
    int[] first = null;
    try (Kernels kernels = common.openKernels(console)) {
      for (int i = 0; i < read.size(); i++) {
        ModelFiles model = read.get(i);
        int[] ids = ids(model, text);
        if (first == null) {
          first = ids;
        } else if (!Arrays.equals(first, ids)) {
          console.note(
              "hadal: warning: "
                  + models.get(i)
                  + ": the tokens are not those of the first model, so that the perplexities do not"
                  + " compare.");
        }
        for (InferenceMode mode : modes.isEmpty() ? List.of(model.usualMode()) : modes) {
          lines.add(score(models.get(i), model, mode, ids, kernels));
          if (!json) {
            print(lines.getLast(), lines.getFirst());
          }
        }
      }
    }
    if (json) {
      console.out().println(Json.compact(toJson(lines)));
    }
    return ExitCode.DONE;
  }

  private Line score(Path path, ModelFiles model, InferenceMode mode, int[] ids, Kernels kernels) {
    try (ModelFolder folder = ModelOptions.open(console, model, kernels, mode)) {
      int length = length(model);
      ProgressNotes notes = new ProgressNotes(console, path + ", " + mode.label());
      Scorer.Score score = new Scorer(folder.model()).score(ids, length, notes::show);
      return new Line(path, mode, length, score);
    }
  }

  private int length(ModelFiles model) {
    int most = model.config().maxPositionEmbeddings();
    int length = window == null ? Math.min(STANDARD_WINDOW, most) : window;
    if (length < 1 || length > most) {
      throw new UsageException(
          "--window: expected 1 to the %d positions of %s, found %d"
              .formatted(most, model.weights(), length));
    }
    return length;
  }

  /** The text as a document begins: with BOS where the model's tokenizer puts one in front. */
  private int[] ids(ModelFiles model, String text) {
    Tokenizer tokenizer = model.requireTokenizer();
    int[] ids = tokenizer.encodeOrdinary(text);
    boolean begins =
        model.tokenizerConfig().map(config -> config.addBos()).orElse(false)
            && model.config().bosTokenId() >= 0;
    if (begins) {
      int[] begun = new int[ids.length + 1];
      begun[0] = model.config().bosTokenId();
      System.arraycopy(ids, 0, begun, 1, ids.length);
      ids = begun;
    }
    if (ids.length < 2) {
      throw new InputException(
          "%s: expected a text of at least two tokens, found %d".formatted(file, ids.length));
    }
    return ids;
  }

  private static double percent(Line line, Line first) {
    return 100 * (line.score.perplexity() / first.score.perplexity() - 1);
  }

  private void print(Line line, Line first) {
    String difference = line.equals(first) ? "" : "%+.3f %%".formatted(percent(line, first));
    console
        .out()
        .println(
            "%12.4f %12s  %s, %s (%.5f nats a token, %,d tokens, windows of %d)"
                .formatted(
                    line.score.perplexity(),
                    difference,
                    Quoting.printable(line.model.toString()),
                    line.mode.label(),
                    line.score.mean(),
                    line.score.tokens(),
                    line.window));
    console.out().flush();
  }

  private static JsonObject toJson(List<Line> lines) {
    List<JsonObject> results = new ArrayList<>();
    for (Line line : lines) {
      results.add(
          JsonObject.builder()
              .put("model", line.model.toString())
              .put("precision", line.mode.label())
              .put("perplexity", line.score.perplexity())
              .put("difference_percent", percent(line, lines.getFirst()))
              .put("loss_per_token", line.score.mean())
              .put("tokens", line.score.tokens())
              .put("window", line.window)
              .build());
    }
    return JsonObject.builder().put("results", JsonArray.of(results)).build();
  }
}
