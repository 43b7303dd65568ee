package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.generate.ModelFolder;
import dev.hadal.generate.ScoreRunner;
import dev.hadal.generate.Scorer;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes what a model computes for given tokens. */
@Command(
    sortOptions = false,
    description = {
      "Runs prompts through a model and writes logits.I and what --with asks for, for comparison"
          + " with other implementations. Prints the mean negative log-likelihood of each prompt's"
          + " tokens. The default precision is exact FP32.",
      ""
    })
final class ScoreCommand implements Action {
  /** Integers in an array of arrays: nothing is nested deeper, no string is long. */
  private static final JsonLimits LIMITS = new JsonLimits(256L << 20, 4, 1024, 1024, 1 << 26);

  private final Console console;

  @Mixin private ModelOptions model = new ModelOptions();

  @Option(
      names = "--ids",
      required = true,
      paramLabel = "FILE",
      description = "JSON: an array of prompts, each an array of token ids.")
  private Path ids = Path.of("");

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The safetensors file to write.")
  private Path output = Path.of("");

  @Option(
      names = "--with",
      split = ",",
      paramLabel = "PART",
      description =
          "Write also hidden (hidden.I.L), router (router.I.L.index and .weight), mtp"
              + " (mtp_logits.I).")
  private @Nullable List<String> with;

  @Mixin private CommonOptions common = new CommonOptions();

  ScoreCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    Set<ScoreRunner.Part> parts = parts();
    InferenceMode mode = common.inferenceMode(InferenceMode.EXACT);
    common.tier();
    OutputPaths.requireFile("--output", output);
    List<int[]> prompts = prompts();
    try (Kernels kernels = common.openKernels(console);
        ModelFolder folder = model.open(console, kernels, mode)) {
      if (parts.contains(ScoreRunner.Part.MTP) && !folder.model().drafts()) {
        console.note("hadal score: the model has no MTP layer in use: no mtp_logits.");
      }
      long budget = Machine.memory() / 4;
      List<Scorer.Score> scores = ScoreRunner.run(folder.model(), prompts, parts, budget, output);
      for (int i = 0; i < scores.size(); i++) {
        print(i, prompts.get(i).length, scores.get(i));
      }
    }
    return ExitCode.DONE;
  }

  private void print(int prompt, int length, Scorer.Score score) {
    if (score.tokens() == 0) {
      console.out().println("prompt %d: 1 token, nothing to predict".formatted(prompt));
    } else {
      console
          .out()
          .println(
              "prompt %d: %d tokens, mean negative log-likelihood %.8f nats"
                  .formatted(prompt, length, score.mean()));
    }
  }

  private Set<ScoreRunner.Part> parts() {
    Set<ScoreRunner.Part> parts = EnumSet.noneOf(ScoreRunner.Part.class);
    for (String word : with == null ? List.<String>of() : with) {
      parts.add(
          switch (word.strip().toLowerCase(Locale.ROOT)) {
            case "hidden" -> ScoreRunner.Part.HIDDEN;
            case "router" -> ScoreRunner.Part.ROUTER;
            case "mtp" -> ScoreRunner.Part.MTP;
            default ->
                throw new UsageException(
                    "--with: expected hidden, router or mtp, found '%s'".formatted(word));
          });
    }
    return parts;
  }

  private List<int[]> prompts() {
    if (!Files.exists(ids)) {
      throw new InputException(ids + ": there is no such file");
    }
    List<int[]> prompts = TokenIds.arrays(ids.toString(), Json.read(ids, LIMITS));
    if (prompts.isEmpty()) {
      throw new InputException(ids + ": expected at least one prompt, found none");
    }
    return prompts;
  }
}
