package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.generate.ModelFolder;
import dev.hadal.generate.Scorer;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.train.Corpus;
import dev.hadal.train.HeldOut;
import dev.hadal.train.HeldOutEvaluator;
import dev.hadal.train.HeldOutScore;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Bits per byte of a model on texts. */
@Command(
    sortOptions = false,
    description = {
      "Prints how many bits per byte a model needs for texts: a file, a folder, a zip or a JSONL"
          + " file. The default precision is exact FP32.",
      ""
    })
final class EvalBpbCommand implements Action {
  private static final long PROGRESS_NANOS = 5_000_000_000L;

  private final Console console;

  @Parameters(arity = "1", paramLabel = "PATH", description = "The texts.")
  private Path texts = Path.of("");

  @Mixin private ModelOptions model = new ModelOptions();

  @Option(
      names = "--held-out",
      description = "Only the texts that training on this corpus would hold out.")
  private boolean heldOut;

  @Option(
      names = "--window",
      paramLabel = "N",
      description = "Tokens that are predicted together; default: all positions of the model.")
  private @Nullable Integer window;

  @Option(
      names = "--at-most",
      paramLabel = "BPB",
      description = "Exit code 1 if the result is larger.")
  private @Nullable Double atMost;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Mixin private CommonOptions common = new CommonOptions();

  EvalBpbCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    InferenceMode mode = common.inferenceMode(InferenceMode.EXACT);
    common.tier();
    try (Corpus corpus = Corpora.open(texts);
        Kernels kernels = common.openKernels(console);
        ModelFolder folder = model.open(console, kernels, mode)) {
      int most = folder.model().config().maxPositionEmbeddings();
      int length = window == null ? most : window;
      if (length < 1 || length > most) {
        throw new UsageException(
            "--window: expected 1 to the model's %d positions, found %d".formatted(most, length));
      }
      int[] documents =
          heldOut ? HeldOut.divide(corpus).heldOut() : IntStream.range(0, corpus.size()).toArray();
      HeldOutEvaluator evaluator =
          HeldOutEvaluator.of(corpus, documents, folder.tokenizer(), length);
      HeldOutScore score =
          evaluator.evaluate(new Scorer(folder.model()), new ProgressNotes()::show);
      print(score, evaluator.description(HeldOutEvaluator.Form.ABSORBED), mode);
      return atMost != null && score.bitsPerByte() > atMost ? ExitCode.CHECK_FAILED : ExitCode.DONE;
    }
  }

  private void print(HeldOutScore score, String how, InferenceMode mode) {
    if (json) {
      JsonObject object =
          JsonObject.builder()
              .put("bits_per_byte", score.bitsPerByte())
              .put("loss_per_token", score.lossPerToken())
              .put("tokens", score.tokens())
              .put("bytes", score.bytes())
              .put("files", score.files())
              .put("precision", mode.label())
              .put("form", how)
              .build();
      console.out().println(Json.compact(object));
    } else {
      console
          .out()
          .println(
              "%.4f bits per byte (%.4f nats a token, %,d tokens, %,d bytes, %d files; %s, %s)"
                  .formatted(
                      score.bitsPerByte(),
                      score.lossPerToken(),
                      score.tokens(),
                      score.bytes(),
                      score.files(),
                      how,
                      mode.label()));
    }
  }

  /** A line now and then. */
  private final class ProgressNotes {
    private long last = System.nanoTime();

    void show(HeldOutEvaluator.Progress progress) {
      long now = System.nanoTime();
      if (now - last > PROGRESS_NANOS) {
        last = now;
        console.note(
            "%d of %d windows, %.4f bits per byte so far"
                .formatted(
                    progress.windows(), progress.allWindows(), progress.soFar().bitsPerByte()));
      }
    }
  }
}
