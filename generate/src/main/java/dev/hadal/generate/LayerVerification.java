package dev.hadal.generate;

import dev.hadal.format.GgufFiles;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonDecimal;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.GgufConfig;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.LayerComparison;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A model's layers in some kernels and in the scalar reference, one after another; see {@link
 * LayerComparison}.
 *
 * @param tokens of the prompt
 * @param stages in their order
 * @param notes what was switched off or ignored
 */
public record LayerVerification(
    List<Integer> tokens, List<LayerComparison.Stage> stages, List<String> notes) {
  /** A prompt for every tokenizer. */
  public static final String PROMPT = "The deepest zone of the sea is the hadal zone.";

  private static final int FIXED_TOKENS = 12;
  private static final long STEP = 7919;

  /** Copies the lists. */
  public LayerVerification {
    tokens = List.copyOf(tokens);
    stages = List.copyOf(stages);
    notes = List.copyOf(notes);
  }

  /**
   * The prompt's ids: those of the text, or of {@link #PROMPT}, or fixed ones where there is no
   * tokenizer.
   *
   * @throws GenerateException if there is a text and no tokenizer
   */
  public static int[] prompt(ModelFiles model, Optional<String> text) {
    if (text.isPresent()) {
      return model.encodePrompt(text.get());
    }
    int most = Math.min(LayerComparison.MOST_TOKENS, model.config().maxPositionEmbeddings());
    if (model.tokenizer().isPresent()) {
      int[] ids = model.encodePrompt(PROMPT);
      return Arrays.copyOf(ids, Math.min(ids.length, most));
    }
    int count = Math.min(FIXED_TOKENS, most);
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = (int) (STEP * (i + 1) % model.config().vocabSize());
    }
    return ids;
  }

  /**
   * Compares.
   *
   * @param kernels in FP32; stay the caller's
   * @param range which layers, or all
   * @param listener is told of each stage when it is done
   * @throws GenerateException if the largest layer does not fit into the Java heap, where the
   *     reference keeps it
   * @throws dev.hadal.model.ModelException if prompt or range are not possible in this model
   */
  public static LayerVerification of(
      ModelFiles model,
      Kernels kernels,
      InferenceMode mode,
      int[] tokens,
      Optional<LayerComparison.Range> range,
      Consumer<LayerComparison.Stage> listener) {
    if (GgufFiles.isGguf(model.weights())) {
      try (GgufFiles files = GgufFiles.open(model.weights())) {
        GgufConfig config = GgufConfig.read(files);
        return run(
            model, LayerComparison.of(config, files, kernels, mode), tokens, range, listener);
      }
    }
    try (WeightFiles files = WeightFiles.open(model.weights())) {
      return run(
          model, LayerComparison.of(model.config(), files, kernels, mode), tokens, range, listener);
    }
  }

  private static LayerVerification run(
      ModelFiles model,
      LayerComparison comparison,
      int[] tokens,
      Optional<LayerComparison.Range> range,
      Consumer<LayerComparison.Stage> listener) {
    long need = comparison.largestLayerBytes();
    long present = Runtime.getRuntime().maxMemory();
    if (need > present) {
      throw new GenerateException(
          "%s: the largest layer needs %,d MB of the Java heap, which has at most %,d MB"
              .formatted(model.weights(), need >> 20, present >> 20));
    }
    List<LayerComparison.Stage> stages = new ArrayList<>();
    comparison.run(
        tokens,
        range.orElseGet(comparison::all),
        stage -> {
          stages.add(stage);
          listener.accept(stage);
        });
    List<Integer> ids = Arrays.stream(tokens).boxed().toList();
    return new LayerVerification(ids, stages, comparison.warnings());
  }

  /** Whether every bit is the same. */
  public boolean passed() {
    return stages.stream().allMatch(LayerComparison.Stage::equal);
  }

  /** All of it as JSON. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("passed", passed())
        .put("prompt", JsonArray.ofLongs(tokens.stream().mapToLong(Integer::longValue).toArray()))
        .put(
            "stages",
            JsonArray.of(stages.stream().<JsonValue>map(LayerVerification::json).toList()))
        .put("notes", JsonArray.ofStrings(notes))
        .build();
  }

  private static JsonObject json(LayerComparison.Stage stage) {
    return JsonObject.builder()
        .put("name", stage.name())
        .put("equal", stage.equal())
        .put(
            "parts",
            JsonArray.of(stage.parts().stream().<JsonValue>map(LayerVerification::json).toList()))
        .build();
  }

  private static JsonObject json(LayerComparison.Part part) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("name", part.name())
            .put("values", part.values())
            .put("differing", part.differing());
    part.first()
        .ifPresent(
            first ->
                json.put("position", first.position())
                    .put("element", first.element())
                    .put("reference", number(first.reference()))
                    .put("found", number(first.found())));
    return json.build();
  }

  /** JSON has no word for NaN. */
  private static JsonValue number(double value) {
    return Double.isFinite(value) ? new JsonDecimal(value) : new JsonString(Double.toString(value));
  }
}
