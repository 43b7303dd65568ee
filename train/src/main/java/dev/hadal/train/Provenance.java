package dev.hadal.train;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.ParameterCounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** How a run came about, as {@code run.json} keeps it. */
final class Provenance {
  private Provenance() {}

  /**
   * What {@code run.json} says.
   *
   * @param started when this process began to train
   * @param baselines bits per byte of others on the held-out files
   * @param outcome of the run, or empty while it goes on
   */
  static void write(
      Path file,
      TrainConfig config,
      Kernels kernels,
      Instant started,
      TrainingState state,
      SequencedMap<String, Double> baselines,
      Optional<TrainingOutcome> outcome) {
    ParameterCounts counts = config.model().parameterCounts();
    JsonObject.Builder json =
        JsonObject.builder()
            .put("version", version())
            .put("commit", System.getProperty("hadal.commit", "unknown"))
            .put("java", System.getProperty("java.vm.name") + " " + Runtime.version())
            .put(
                "system",
                "%s %s %s"
                    .formatted(
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("os.arch")))
            .put("cpu", cpu())
            .put("cores", Runtime.getRuntime().availableProcessors())
            .put("seed", config.run().seed())
            .put("threads", kernels.team().size())
            .put("kernels", kernels.tier())
            .put("precision", config.training().precision().name().toLowerCase(Locale.ROOT))
            .put("parameters", counts.total() + counts.mtp())
            .put("active_parameters", counts.active())
            .put("started", started.truncatedTo(ChronoUnit.SECONDS).toString())
            .put("written", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
            .put("steps", state.step())
            .put("tokens", state.tokens())
            .put("training_seconds", state.seconds())
            .put("memory", memory(config));
    if (!baselines.isEmpty()) {
      JsonObject.Builder others = JsonObject.builder();
      baselines.forEach((name, bits) -> others.put(name, bits.doubleValue()));
      json.put("baselines", others.build());
    }
    outcome.ifPresent(result -> json.put("outcome", result(result)));
    Json.write(file, json.build());
  }

  /** The plan without the tokens, whose number depends on the corpus. */
  private static JsonObject memory(TrainConfig config) {
    JsonObject.Builder json = JsonObject.builder();
    TrainingMemory.of(config, 0)
        .parts()
        .forEach((part, bytes) -> json.put(part, bytes.longValue()));
    return json.build();
  }

  private static JsonObject result(TrainingOutcome outcome) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("complete", outcome.complete())
            .put("weights", outcome.weights().name().toLowerCase(Locale.ROOT));
    outcome.raw().ifPresent(score -> json.put("held_out_raw", score(score)));
    outcome.average().ifPresent(score -> json.put("held_out_average", score(score)));
    return json.put("state_sha256", outcome.stateHash()).build();
  }

  private static JsonObject score(HeldOutScore score) {
    return JsonObject.builder()
        .put("bits_per_byte", score.bitsPerByte())
        .put("loss_per_token", score.lossPerToken())
        .put("tokens", score.tokens())
        .put("bytes", score.bytes())
        .put("files", score.files())
        .put("attention", "expanded")
        .build();
  }

  private static String version() {
    return Optional.ofNullable(Provenance.class.getModule().getDescriptor())
        .flatMap(java.lang.module.ModuleDescriptor::rawVersion)
        .orElse("0.1.0");
  }

  private static String cpu() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException | java.io.UncheckedIOException e) {
      return "unknown";
    }
  }
}
