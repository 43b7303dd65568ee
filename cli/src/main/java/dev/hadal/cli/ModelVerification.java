package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.generate.LayerVerification;
import dev.hadal.generate.ModelFiles;
import dev.hadal.generate.WeightsVerification;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.LayerComparison;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Verifies a model: its weights, then its layers.
 *
 * @param only the name of one of the two, or null
 */
record ModelVerification(
    Console console,
    CommonOptions common,
    @Nullable String only,
    Optional<String> prompt,
    Optional<String> layers,
    boolean json) {
  private static final int LISTED = 50;
  private static final Pattern RANGE = Pattern.compile("(\\d{1,4})(?:-(\\d{1,4}))?");

  private enum Part {
    WEIGHTS,
    LAYERS;

    private static Part of(String name) {
      for (Part part : values()) {
        if (part.name().toLowerCase(Locale.ROOT).equals(name)) {
          return part;
        }
      }
      throw new UsageException("--only: expected weights or layers, found '%s'".formatted(name));
    }
  }

  ExitCode run(Path path) {
    Optional<Part> wanted = Optional.ofNullable(only).map(Part::of);
    InferenceMode mode = common.inferenceMode(InferenceMode.EXACT);
    Optional<LayerComparison.Range> range = layers.map(ModelVerification::range);
    common.tier();
    common.threads();
    if (wanted.equals(Optional.of(Part.WEIGHTS)) && (range.isPresent() || prompt.isPresent())) {
      throw new UsageException("expected no --layers and no --prompt beside --only weights");
    }
    ModelFiles model = ModelFiles.read(path);
    JsonObject.Builder report = JsonObject.builder().put("model", model.weights().toString());
    boolean holds = true;
    if (!wanted.equals(Optional.of(Part.LAYERS))) {
      WeightsVerification weights =
          WeightsVerification.of(
              model,
              common.threads(),
              Optional.of(PackedCaches.standard(console)),
              new ByteNotes(console, "read"));
      report.put("weights", weights.toJson());
      print(weights);
      holds = weights.passed();
      if (!holds && wanted.isEmpty()) {
        console.note("hadal: the layers are not compared, as the weights do not hold.");
      }
    }
    if (holds && !wanted.equals(Optional.of(Part.WEIGHTS))) {
      LayerVerification compared = compare(model, mode, range);
      report.put("layers", compared.toJson());
      holds = compared.passed();
      say(
          holds
              ? "layers: every bit is that of the reference."
              : "layers: there are differences from the reference.");
    }
    if (json) {
      console.out().print(Json.pretty(report.put("passed", holds).build()));
    }
    return holds ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }

  private static LayerComparison.Range range(String text) {
    Matcher matcher = RANGE.matcher(text);
    if (matcher.matches()) {
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (first <= last) {
        return new LayerComparison.Range(first, last);
      }
    }
    throw new UsageException("--layers: expected A-B, counted from 0, found '%s'".formatted(text));
  }

  private LayerVerification compare(
      ModelFiles model, InferenceMode mode, Optional<LayerComparison.Range> range) {
    int[] tokens = LayerVerification.prompt(model, prompt);
    try (Kernels kernels = common.openKernels(console)) {
      say(
          "%d tokens, %s arithmetic, %s kernels against the reference"
              .formatted(tokens.length, mode.label(), kernels.tier()));
      if (kernels.tier().equals("reference")) {
        console.note("hadal: warning: these kernels are the reference itself; see --kernels.");
      }
      LayerVerification compared =
          LayerVerification.of(
              model, kernels, mode, tokens, range, stage -> print(stage, kernels.tier()));
      compared.notes().forEach(note -> console.note("hadal: warning: " + note));
      return compared;
    }
  }

  private void print(WeightsVerification weights) {
    for (WeightsVerification.HashedFile file : weights.files()) {
      say("%s  %s%s".formatted(file.sha256(), file.file(), stated(file)));
    }
    weights.problems().stream().limit(LISTED).forEach(problem -> say("FAIL  " + problem));
    if (weights.problems().size() > LISTED) {
      say("FAIL  and %,d more".formatted(weights.problems().size() - LISTED));
    }
    weights.notes().forEach(note -> console.note("hadal: warning: " + note));
    for (WeightsVerification.PackedEntry entry : weights.packed()) {
      say(
          "%s  packed weights %s, %,d bytes"
              .formatted(entry.holds() ? "ok  " : "FAIL", entry.folder(), entry.bytes()));
    }
    say(
        "weights: %,d tensors in %,d files, %,d bytes: %s"
            .formatted(
                weights.tensors(),
                weights.files().size(),
                weights.bytes(),
                weights.passed()
                    ? "names, shapes, numbers and hashes hold."
                    : "they do not hold."));
  }

  private static String stated(WeightsVerification.HashedFile file) {
    return file.stated()
        .map(
            stated ->
                file.holds()
                    ? "  ok, as %s says".formatted(stated.by())
                    : "  FAIL, %s says %s".formatted(stated.by(), stated.sha256()))
        .orElse("");
  }

  private void print(LayerComparison.Stage stage, String tier) {
    String compared =
        stage.parts().stream()
            .map(part -> "%s %,d".formatted(part.name(), part.values()))
            .collect(Collectors.joining(", "));
    say("%s  %-12s %s".formatted(stage.equal() ? "ok  " : "FAIL", stage.name(), compared));
    for (LayerComparison.Part part : stage.parts()) {
      part.first()
          .ifPresent(
              first ->
                  say(
                      ("      %s, %s: %,d of %,d differ, the first at position %d, element %d:"
                              + " reference %s, %s kernels %s")
                          .formatted(
                              stage.name(),
                              part.name(),
                              part.differing(),
                              part.values(),
                              first.position(),
                              first.element(),
                              number(first.reference()),
                              tier,
                              number(first.found()))));
    }
    console.out().flush();
  }

  /** All values are those of floats. */
  private static String number(double value) {
    return Float.toString((float) value);
  }

  private void say(String line) {
    if (!json) {
      console.out().println(line);
    }
  }
}
