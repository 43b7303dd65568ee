package dev.hadal.train;

import dev.hadal.format.Hasher;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.Parameter;
import dev.hadal.model.ParameterNames;
import dev.hadal.model.Parameters;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the next step depends on, beside configuration and data: master weights, gate
 * biases, moments, the weights' average, and a few counters. Random streams are functions of the
 * seed and carry nothing.
 */
final class TrainingState implements AutoCloseable {
  /** The tensors' file in a checkpoint. */
  static final String FILE = "state.safetensors";

  private final Arena arena = Arena.ofShared();
  private final Parameters parameters;
  private final @Nullable Parameters average;
  private final List<Tensor> firstMoments = new ArrayList<>();
  private final List<Tensor> secondMoments = new ArrayList<>();
  private final long[][] loads;
  private long step;
  private long updates;
  private long sequences;
  private long tokens;
  private long skippedInARow;
  private double seconds;

  TrainingState(TrainConfig config) {
    ModelConfig model = config.model();
    this.parameters = Parameters.allocate(model, DType.F32);
    this.average = config.emaShare() > 0 ? Parameters.allocate(model, DType.F32) : null;
    DType moments =
        switch (config.optimizer().moments()) {
          case BF16 -> DType.BF16;
          case FP32 -> DType.F32;
        };
    for (Parameter parameter : parameters.trainable()) {
      long[] extents = parameter.tensor().shape().extents();
      firstMoments.add(Tensor.allocate(arena, moments, extents));
      secondMoments.add(Tensor.allocate(arena, moments, extents));
    }
    this.loads = new long[model.moeLayers().length][model.nRoutedExperts()];
  }

  /** A new model. */
  void initialize(long seed, double std) {
    parameters.initialize(seed, std);
    if (average != null) {
      copy(parameters, average);
    }
  }

  private static void copy(Parameters from, Parameters to) {
    for (int i = 0; i < from.trainable().size(); i++) {
      to.trainable().get(i).tensor().copyFrom(from.trainable().get(i).tensor());
    }
    for (int i = 0; i < from.gateBiases().size(); i++) {
      to.gateBiases().get(i).copyFrom(from.gateBiases().get(i));
    }
  }

  Parameters parameters() {
    return parameters;
  }

  /** The average of the weights, or null if there is none. */
  @Nullable Parameters average() {
    return average;
  }

  Tensor firstMoment(Parameter parameter) {
    return firstMoments.get(parameter.index());
  }

  Tensor secondMoment(Parameter parameter) {
    return secondMoments.get(parameter.index());
  }

  /** Steps so far, those that did not happen included. */
  long step() {
    return step;
  }

  /** Updates of the weights so far. */
  long updates() {
    return updates;
  }

  /** The number of the next sequence. */
  long sequences() {
    return sequences;
  }

  /** Main targets so far. */
  long tokens() {
    return tokens;
  }

  /** Steps in a row, up to the last, that did not happen. */
  long skippedInARow() {
    return skippedInARow;
  }

  /** Seconds of training so far. */
  double seconds() {
    return seconds;
  }

  /** A step is over. */
  void advance(int batch, long targets, boolean skipped, long[][] stepLoads, double spent) {
    step++;
    sequences += batch;
    tokens += targets;
    skippedInARow = skipped ? skippedInARow + 1 : 0;
    seconds += spent;
    if (!skipped) {
      updates++;
      for (int layer = 0; layer < loads.length; layer++) {
        for (int e = 0; e < loads[layer].length; e++) {
          loads[layer][e] += stepLoads[layer][e];
        }
      }
    }
  }

  /** All tensors by their name in a checkpoint. */
  Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    put(tensors, "weights/", parameters);
    for (Parameter parameter : parameters.trainable()) {
      tensors.put("first_moment/" + parameter.name(), firstMoment(parameter));
      tensors.put("second_moment/" + parameter.name(), secondMoment(parameter));
    }
    if (average != null) {
      put(tensors, "average/", average);
    }
    return tensors;
  }

  private static void put(Map<String, Tensor> tensors, String prefix, Parameters parameters) {
    for (Parameter parameter : parameters.trainable()) {
      tensors.put(prefix + parameter.name(), parameter.tensor());
    }
    for (int layer : parameters.config().moeLayers()) {
      String name = ParameterNames.gateBias(layer);
      tensors.put(prefix + name, parameters.gateBias(layer));
    }
  }

  /** The counters. */
  JsonObject counters() {
    return JsonObject.builder()
        .put("step", step)
        .put("updates", updates)
        .put("sequences", sequences)
        .put("tokens", tokens)
        .put("skipped_in_a_row", skippedInARow)
        .put("seconds", seconds)
        .put("loads", JsonArray.of(Arrays.stream(loads).map(JsonArray::ofLongs).toList()))
        .build();
  }

  /**
   * Takes over what a checkpoint holds. Everything is checked before anything is changed.
   *
   * @param file the tensors
   * @param counters what {@link #counters} gave
   */
  void load(SafetensorsFile file, JsonObject counters) {
    Map<String, Tensor> targets = tensors();
    Map<String, Tensor> sources = new LinkedHashMap<>();
    targets.forEach(
        (name, target) -> {
          if (!file.contains(name)) {
            throw new TrainException("%s: expected a tensor %s".formatted(file.path(), name));
          }
          Tensor source = file.tensor(name);
          if (source.dtype() != target.dtype() || !source.shape().equals(target.shape())) {
            throw new TrainException(
                "%s: %s: expected %s %s, found %s %s"
                    .formatted(
                        file.path(),
                        name,
                        target.dtype(),
                        target.shape(),
                        source.dtype(),
                        source.shape()));
          }
          sources.put(name, source);
        });
    if (file.names().size() != targets.size()) {
      throw new TrainException(
          "%s: expected %d tensors, found %d"
              .formatted(file.path(), targets.size(), file.names().size()));
    }
    long[][] savedLoads = new long[loads.length][];
    JsonArray layers = counters.getArray("loads");
    if (layers.size() != loads.length) {
      throw counters.error(
          "loads", "expected %d layers, found %d".formatted(loads.length, layers.size()));
    }
    for (int layer = 0; layer < loads.length; layer++) {
      savedLoads[layer] = layers.getArray(layer).toLongs();
      if (savedLoads[layer].length != loads[layer].length) {
        throw layers.error(
            layer,
            "expected %d experts, found %d"
                .formatted(loads[layer].length, savedLoads[layer].length));
      }
    }
    for (String field : List.of("step", "updates", "sequences", "tokens", "skipped_in_a_row")) {
      if (counters.getLong(field) < 0) {
        throw counters.error(field, "expected 0 or more, found " + counters.getLong(field));
      }
    }
    double savedSeconds = counters.getDouble("seconds");
    step = counters.getLong("step");
    updates = counters.getLong("updates");
    sequences = counters.getLong("sequences");
    tokens = counters.getLong("tokens");
    skippedInARow = counters.getLong("skipped_in_a_row");
    seconds = savedSeconds;
    System.arraycopy(savedLoads, 0, loads, 0, loads.length);
    sources.forEach((name, saved) -> Objects.requireNonNull(targets.get(name)).copyFrom(saved));
  }

  /** SHA-256 of all tensors and of the counters but the time. */
  String hash() {
    Hasher hasher = new Hasher();
    tensors().forEach((name, tensor) -> hasher.update(name).update(tensor.data()));
    for (long number : new long[] {step, updates, sequences, tokens, skippedInARow}) {
      hasher.update(number);
    }
    for (long[] layer : loads) {
      for (long load : layer) {
        hasher.update(load);
      }
    }
    return hasher.hex();
  }

  @Override
  public void close() {
    if (average != null) {
      average.close();
    }
    parameters.close();
    arena.close();
  }
}
