package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.format.Quoting;
import dev.hadal.generate.ModelInspection;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.ParameterCounts;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what is in a model's folder or file. */
@Command(
    sortOptions = false,
    description = {
      "Says what is in a model's folder, a weights file, a GGUF file, a tokenizer or a checkpoint:"
          + " configuration, tensors, parameter counts by part, bytes. Weights are not loaded.",
      ""
    })
final class InspectCommand implements Action {
  private final Console console;

  @Parameters(arity = "1", paramLabel = "PATH", description = "A folder or a file.")
  private Path path = Path.of("");

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Mixin private CommonOptions common = new CommonOptions();

  InspectCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    common.noteUnused(console);
    ModelInspection found = ModelInspection.of(path);
    if (json) {
      console.out().print(Json.pretty(found.toJson()));
      return ExitCode.DONE;
    }
    Output out = console.out();
    out.println(found.source().toString());
    found.config().ifPresent(this::print);
    found.counts().ifPresent(this::print);
    found
        .tokenizer()
        .ifPresent(
            tokenizer ->
                out.println(
                    "tokenizer: %,d tokens, %,d merges, %,d added tokens"
                        .formatted(
                            tokenizer.tokens(), tokenizer.merges(), tokenizer.addedTokens())));
    found.checkpoint().ifPresent(this::print);
    found.gguf().ifPresent(this::print);
    if (!found.tensors().isEmpty()) {
      printTensors(found);
    }
    return ExitCode.DONE;
  }

  private void print(ModelConfig config) {
    String experts =
        config.moeLayers().length == 0
            ? "no experts"
            : "%d of %d experts and %d shared a token"
                .formatted(
                    config.numExpertsPerTok(), config.nRoutedExperts(), config.nSharedExperts());
    console
        .out()
        .println(
            "%s: %d layers, %d of them with %s; width %d, %d heads, latent %d; vocabulary %,d,"
                    .formatted(
                        config.modelType(),
                        config.numHiddenLayers(),
                        config.moeLayers().length,
                        experts,
                        config.hiddenSize(),
                        config.numAttentionHeads(),
                        config.kvLoraRank(),
                        config.vocabSize())
                + " %,d positions, %s"
                    .formatted(
                        config.maxPositionEmbeddings(),
                        config.numNextnPredictLayers() > 0 ? "an MTP layer" : "no MTP layer"));
  }

  private void print(ParameterCounts counts) {
    console
        .out()
        .println(
            "by the configuration: %,d parameters, %,d of them used for a token, and %,d of MTP"
                .formatted(counts.total(), counts.active(), counts.mtp()));
  }

  private void print(ModelInspection.CheckpointSummary checkpoint) {
    console.out().println("checkpoint of step %,d".formatted(checkpoint.step()));
    for (ModelInspection.CheckpointFile file : checkpoint.files()) {
      console.out().println("  %-24s %,15d bytes".formatted(file.name(), file.bytes()));
    }
  }

  private void print(ModelInspection.GgufSummary gguf) {
    console
        .out()
        .println(
            "GGUF of version %d, aligned to %d bytes".formatted(gguf.version(), gguf.alignment()));
    gguf.metadata()
        .members()
        .forEach(
            (key, value) ->
                console
                    .out()
                    .println(
                        "  %s = %s"
                            .formatted(
                                Quoting.printable(key), Quoting.printable(Json.compact(value)))));
    gguf.warnings().forEach(warning -> console.note("hadal: warning: " + warning));
  }

  private void printTensors(ModelInspection found) {
    Output out = console.out();
    out.println("");
    for (ModelInspection.PartSummary part : found.parts()) {
      out.println(
          "%-12s %,18d parameters %,18d bytes"
              .formatted(part.part().label(), part.parameters(), part.bytes()));
    }
    out.println(
        "%-12s %,18d parameters %,18d bytes".formatted("all", found.parameters(), found.bytes()));
    out.println("");
    int width =
        found.tensors().stream()
            .map(ModelInspection.TensorSummary::name)
            .mapToInt(String::length)
            .max()
            .orElse(0);
    for (ModelInspection.TensorSummary tensor : found.tensors()) {
      out.println(
          "%s%s  %-8s %-16s %,15d  %s"
              .formatted(
                  tensor.name(),
                  " ".repeat(width - tensor.name().length()),
                  tensor.dtype(),
                  tensor.shape(),
                  tensor.bytes(),
                  tensor.file()));
    }
  }
}
