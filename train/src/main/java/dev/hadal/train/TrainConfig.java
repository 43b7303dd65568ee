package dev.hadal.train;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import dev.hadal.format.Quoting;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.ModelException;
import dev.hadal.model.TrainingOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A training run as a YAML file describes it. Every key has a default or is required by name; a key
 * that does not exist is refused. The {@code model} section has the names of a Hugging Face {@code
 * config.json}.
 *
 * @param run folder and seed
 * @param model shapes
 * @param data corpus, tokenizer, packing
 * @param training precision, batches, losses
 * @param optimizer AdamW
 * @param schedule learning rate
 * @param emaShare time constant of the average of the weights, as a share of the run's tokens; 0:
 *     no average
 * @param evaluation scores and samples on the way
 * @param checkpoint saving
 */
public record TrainConfig(
    RunSection run,
    ModelConfig model,
    DataSection data,
    TrainingSection training,
    OptimizerSection optimizer,
    ScheduleSection schedule,
    double emaShare,
    EvaluationSection evaluation,
    CheckpointSection checkpoint) {

  /** Keys that cannot change the bits of a run: a resumed run may have others. */
  private static final Set<String> FREE =
      Set.of(
          "run.folder",
          "data.corpus",
          "data.folder",
          "data.tokenizer",
          "training.recompute",
          "training.workspace_mb");

  /** Keys that say how long a run is and until when that changes nothing. */
  private static final Set<String> HORIZON =
      Set.of("training.tokens", "training.minutes", "schedule.open_tokens");

  private static final List<String> FREE_SECTIONS = List.of("evaluation.", "checkpoint.");

  private static final int DEEPEST_KEY = 8;

  /** Checks that the sections fit together. */
  public TrainConfig {
    Rules.number("ema.share", emaShare, 0, 1);
    if (model.vocabSize() < data.vocabSize() && data.tokenizer().isEmpty()) {
      throw Rules.invalid(
          "model.vocab_size",
          "at least data.vocab_size (%d)".formatted(data.vocabSize()),
          model.vocabSize());
    }
    if (model.maxPositionEmbeddings() < data.sequenceLength()) {
      throw Rules.invalid(
          "model.max_position_embeddings",
          "at least data.sequence_length (%d)".formatted(data.sequenceLength()),
          model.maxPositionEmbeddings());
    }
    if (data.maxTokens() > 0 && data.maxTokens() < 4L * data.sequenceLength()) {
      throw Rules.invalid("data.max_tokens", "0 or at least four sequences", data.maxTokens());
    }
    boolean mtp = model.numNextnPredictLayers() > 0;
    if (mtp && training.mtpWeight() == 0) {
      throw Rules.invalid("training.mtp_weight", "above 0, or model.num_nextn_predict_layers 0", 0);
    }
    int groups = training.combineGroups();
    if (groups > 0 && model.nRoutedExperts() % groups != 0) {
      throw Rules.invalid(
          "training.combine_groups",
          "a divisor of model.n_routed_experts (%d)".formatted(model.nRoutedExperts()),
          groups);
    }
  }

  /**
   * Reads a file.
   *
   * @param overrides {@code section.key=value}, applied in order
   * @throws TrainException naming the file, the key, the rule and the value
   */
  public static TrainConfig read(Path file, List<String> overrides) {
    return of(file.toString(), YamlReader.read(file), overrides);
  }

  /** The same from a text; {@code name} is for messages. */
  public static TrainConfig parse(String name, String yaml, List<String> overrides) {
    return of(name, YamlReader.parse(name, yaml), overrides);
  }

  private static TrainConfig of(String name, JsonObject tree, List<String> overrides) {
    JsonObject effective = tree;
    for (String override : overrides) {
      effective = override(effective, override);
    }
    ConfigSection root = ConfigSection.root(name, effective);
    try {
      return of(name, root);
    } catch (TrainException | ModelException | FormatException e) {
      String message = String.valueOf(e.getMessage());
      throw new TrainException(message.startsWith(name) ? message : name + ": " + message, e);
    }
  }

  private static TrainConfig of(String name, ConfigSection root) {
    RunSection run = RunSection.read(root.section("run"));
    DataSection data = DataSection.read(root.section("data"));
    TrainingSection training = TrainingSection.read(root.section("training"));
    ModelConfig model = model(name, root, data);
    OptimizerSection optimizer = OptimizerSection.read(root.section("optimizer"));
    ScheduleSection schedule = ScheduleSection.read(root.section("schedule"), training.tokens());
    ConfigSection ema = root.section("ema");
    double emaShare = ema.getDouble("share", 0.02);
    ema.requireNoOthers();
    EvaluationSection evaluation = EvaluationSection.read(root.section("evaluation"));
    CheckpointSection checkpoint = CheckpointSection.read(root.section("checkpoint"));
    root.requireNoOthers();
    return new TrainConfig(
        run, model, data, training, optimizer, schedule, emaShare, evaluation, checkpoint);
  }

  private static ModelConfig model(String name, ConfigSection root, DataSection data) {
    JsonObject defaults =
        JsonObject.builder()
            .put(
                "architectures",
                dev.hadal.format.JsonArray.ofStrings(List.of("DeepseekV3ForCausalLM")))
            .put("model_type", "deepseek_v3")
            .put("vocab_size", data.vocabSize())
            .put("max_position_embeddings", data.sequenceLength())
            .put("bos_token_id", 0)
            .put("eos_token_id", 1)
            .build();
    JsonObject given = root.object("model");
    JsonObject merged = JsonObject.builder().putAll(defaults).putAll(given).build();
    String file = name + ": model";
    // Parsed again, so that messages name the file.
    ModelConfig model = ModelConfig.fromJson(Json.parseObject(file, Json.compact(merged)), file);
    Set<String> allowed = new LinkedHashSet<>(model.toJson().names());
    allowed.addAll(List.of("bos_token_id", "eos_token_id", "rope_parameters", "dtype"));
    root.section("model").requireAmong(allowed);
    return model;
  }

  private static JsonObject override(JsonObject tree, String override) {
    int equals = override.indexOf('=');
    String shown = "--set " + Quoting.printable(override);
    if (equals < 1) {
      throw new TrainException(shown + ": expected section.key=value");
    }
    String[] path = override.substring(0, equals).strip().split("\\.", -1);
    if (path.length > DEEPEST_KEY) {
      throw new TrainException(
          "%s: expected at most %d names in a key, found %d"
              .formatted(shown, DEEPEST_KEY, path.length));
    }
    JsonValue value = YamlReader.parseValue(shown, override.substring(equals + 1).strip());
    return replace(tree, path, 0, value);
  }

  private static JsonObject replace(JsonObject tree, String[] path, int at, JsonValue value) {
    JsonValue inner = value;
    if (at + 1 < path.length) {
      JsonObject old =
          tree.find(path[at]).orElse(null) instanceof JsonObject object
              ? object
              : JsonObject.builder().build();
      inner = replace(old, path, at + 1, value);
    }
    return JsonObject.builder().putAll(tree).put(path[at], inner).build();
  }

  /**
   * The same run with its horizon, found while it was open.
   *
   * @param tokens the horizon
   * @param openTokens up to where nothing depends on it
   */
  TrainConfig withHorizon(long tokens, long openTokens) {
    return new TrainConfig(
        run,
        model,
        data,
        training.withTokens(tokens),
        optimizer,
        schedule.openUntil(openTokens),
        emaShare,
        evaluation,
        checkpoint);
  }

  /** Groups of experts for combine. */
  int combineGroups() {
    return training.combineGroups() > 0 ? training.combineGroups() : model.gateRule().groups();
  }

  /** Rows that a routed expert has on average in a micro-batch. */
  double meanExpertRows() {
    double tokens = (double) training.microBatch() * data.sequenceLength();
    return tokens * model.numExpertsPerTok() / model.nRoutedExperts();
  }

  /** The options of the model at a weight of the MTP loss. */
  TrainingOptions options(double mtpWeight, long workspaceBytes) {
    return new TrainingOptions(
        training.precision(),
        mtpWeight,
        training.balanceAlpha(),
        combineGroups(),
        workspaceBytes,
        training.recompute());
  }

  /** Every key that says something, with its value. */
  JsonObject toJson() {
    return JsonObject.builder()
        .put("run", run.toJson())
        .put("model", model.toJson())
        .put("data", data.toJson())
        .put("training", training.toJson())
        .put("optimizer", optimizer.toJson())
        .put("schedule", schedule.toJson())
        .put("ema", JsonObject.builder().put("share", emaShare).build())
        .put("evaluation", evaluation.toJson())
        .put("checkpoint", checkpoint.toJson())
        .build();
  }

  /** The configuration, defaults included, as YAML that {@link #read} takes. */
  public String toYaml() {
    return YamlWriter.write(toJson());
  }

  /** The keys that decide a run's bits, and their values as text. */
  static Map<String, String> identity(JsonObject tree) {
    Map<String, String> all = new LinkedHashMap<>();
    flatten("", tree, all);
    Map<String, String> identity = new LinkedHashMap<>();
    all.forEach(
        (key, value) -> {
          if (!FREE.contains(key) && FREE_SECTIONS.stream().noneMatch(key::startsWith)) {
            identity.put(key, value);
          }
        });
    return identity;
  }

  private static void flatten(String path, JsonObject tree, Map<String, String> all) {
    tree.members()
        .forEach(
            (name, value) -> {
              if (value instanceof JsonObject object) {
                flatten(path + name + ".", object, all);
              } else {
                all.put(path + name, Json.compact(value));
              }
            });
  }

  /**
   * In what a saved configuration is another run than this one, in a phrase. A run saved while it
   * was open is the beginning of every run that is open so far, whatever the length of either.
   *
   * @param tokens after which it was saved
   */
  Optional<String> differenceFrom(JsonObject saved, long tokens) {
    Map<String, String> here = identity(toJson());
    Map<String, String> there = identity(saved);
    if (there.containsKey("training.minutes") && new Schedules(this).isOpen(tokens)) {
      here.keySet().removeAll(HORIZON);
      there.keySet().removeAll(HORIZON);
    }
    List<String> names = new ArrayList<>(here.keySet());
    there.keySet().stream().filter(name -> !here.containsKey(name)).forEach(names::add);
    for (String name : names) {
      String mine = here.getOrDefault(name, "nothing");
      String theirs = there.getOrDefault(name, "nothing");
      if (!mine.equals(theirs)) {
        return Optional.of("%s: expected %s, found %s".formatted(name, theirs, mine));
      }
    }
    return Optional.empty();
  }
}
