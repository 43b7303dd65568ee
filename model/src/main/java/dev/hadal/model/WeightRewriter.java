package dev.hadal.model;

import dev.hadal.format.BlockScaling;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.IntegerTensor;
import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.format.SafetensorsWriter;
import dev.hadal.format.SafetensorsWriter.Spec;
import dev.hadal.format.TensorConversion;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.ThreadTeam;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rewrites a model's weights in another form as a Hugging Face folder, one tensor at a time, so
 * that memory holds the largest tensor and no more.
 *
 * <p>Shards are written into a hidden folder beside the target, each whole or not at all; what is
 * left of an interrupted run is taken up by the next of the same kind. When everything is there,
 * the folder gets its name.
 */
public final class WeightRewriter {
  private static final String STATE = "rewriting.json";
  private static final String MTP_LAYERS = "num_nextn_predict_layers";
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  /**
   * What is written.
   *
   * @param form of linears inside the blocks
   * @param group elements that share a scale, of integers: a multiple of 32
   * @param expertsOnly whether only routed experts get the form
   * @param shardBytes the most bytes of a shard, unless one tensor has more
   */
  public record Options(WeightForm form, int group, boolean expertsOnly, long shardBytes) {
    /** Checks the ranges. */
    public Options {
      if (group < 32 || group % 32 != 0) {
        throw new ModelException("group: expected a multiple of 32, found " + group);
      }
      if (shardBytes < 1) {
        throw new ModelException("shard bytes: expected at least 1, found " + shardBytes);
      }
    }
  }

  /**
   * How far the work is.
   *
   * @param bytes that are written, those of an earlier run among them
   * @param earlier bytes of an earlier run
   * @param total bytes in the end
   */
  public record Done(long bytes, long earlier, long total) {}

  /** Is told how far the work is; what it throws ends the work, which can be taken up again. */
  @FunctionalInterface
  public interface Progress {
    /** Another tensor, or a shard of an earlier run, is there. */
    void written(Done done);
  }

  /** Writes what a folder has beside its weights: tokenizer, licence. */
  @FunctionalInterface
  public interface Companions {
    /** Writes the files into a folder, over those of an earlier run. */
    void writeInto(Path folder);
  }

  /** Rounds the values of linears to integers. */
  public interface Rounding {
    /** The method's name. */
    String label();

    /**
     * The integers of a linear.
     *
     * @param values F32 [R, C], which may be overwritten
     */
    IntegerTensor round(String name, Tensor values, int bits, int group, Arena arena);

    /**
     * Is told a linear that an earlier run rounded, in its turn.
     *
     * @param rounded valid during the call
     */
    default void found(String name, IntegerTensor rounded) {}
  }

  /** Each value to the nearest integer. */
  public record Nearest() implements Rounding {
    @Override
    public String label() {
      return "nearest";
    }

    @Override
    public IntegerTensor round(String name, Tensor values, int bits, int group, Arena arena) {
      return IntegerTensor.round(values, bits, group, arena);
    }
  }

  /**
   * What was written.
   *
   * @param bytes of all tensors
   * @param shards number of files
   * @param kept linears inside the blocks whose rows are no whole number of groups; they are BF16
   */
  public record Summary(long bytes, int shards, List<String> kept) {}

  private final InferenceWeights weights;
  private final Options options;
  private final Rounding rounding;
  private final Map<String, Shape> names = new LinkedHashMap<>();

  private WeightRewriter(InferenceWeights weights, Options options, Rounding rounding) {
    this.weights = weights;
    this.options = options;
    this.rounding = rounding;
    ModelConfig config = weights.config();
    ParameterNames.of(config).forEach(names::put);
    if (config.hasGateBias()) {
      for (int layer : config.moeLayers()) {
        names.put(ParameterNames.gateBias(layer), Shape.of(config.nRoutedExperts()));
      }
    }
    for (int layer = config.numHiddenLayers(); layer < config.allLayers(); layer++) {
      Shape table = Shape.of(config.vocabSize(), config.hiddenSize());
      names.put(ParameterNames.embeddingCopy(layer), table);
      names.put(ParameterNames.headCopy(layer), table);
    }
  }

  /** Rewrites the weights of a folder or file. */
  public static WeightRewriter of(
      ModelConfig config, WeightFiles files, Options options, Rounding rounding) {
    return new WeightRewriter(InferenceWeights.OfFiles.of(config, files), options, rounding);
  }

  /** Rewrites the weights of a GGUF file or set, which the team's threads decode. */
  public static WeightRewriter of(
      GgufConfig config, GgufFiles files, ThreadTeam team, Options options, Rounding rounding) {
    return new WeightRewriter(GgufWeights.of(config, files, team), options, rounding);
  }

  /** What of the source is not used or was switched off, in whole sentences. */
  public List<String> warnings() {
    return weights.warnings();
  }

  /**
   * Writes the folder.
   *
   * @param target must not exist
   * @param configuration the source's {@code config.json}
   * @param companions what is put beside the weights
   * @throws ModelException if the target exists, if a weight is not finite, or if what an
   *     interrupted run left is of another kind
   */
  public Summary write(
      Path target, JsonObject configuration, Companions companions, Progress progress) {
    if (Files.exists(target)) {
      throw new ModelException(target + ": expected a folder that does not exist yet");
    }
    Path partial = target.toAbsolutePath().resolveSibling("." + target.getFileName() + ".partial");
    prepare(partial, configuration);
    List<List<String>> shards = shards();
    long total = names.keySet().stream().mapToLong(this::bytes).sum();
    Done done = new Done(0, 0, total);
    JsonObject.Builder map = JsonObject.builder();
    for (int i = 0; i < shards.size(); i++) {
      String file =
          shards.size() == 1
              ? "model.safetensors"
              : "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      done = writeShard(partial.resolve(file), shards.get(i), done, progress);
      shards.get(i).forEach(name -> specs(name).forEach(spec -> map.put(spec.name(), file)));
    }
    if (shards.size() > 1) {
      Json.write(
          partial.resolve("model.safetensors.index.json"),
          JsonObject.builder()
              .put("metadata", JsonObject.builder().put("total_size", total).build())
              .put("weight_map", map.build())
              .build());
    }
    Json.write(partial.resolve("config.json"), configuration(configuration));
    publish(partial, target, companions);
    return new Summary(total, shards.size(), keptLinears());
  }

  private void prepare(Path partial, JsonObject configuration) {
    JsonObject state =
        JsonObject.builder()
            .put("form", options.form.label())
            .put("group", options.group)
            .put("experts_only", options.expertsOnly)
            .put("shard_bytes", options.shardBytes)
            .put("rounding", rounding.label())
            .put("source", weights.origin())
            .put("configuration", configuration)
            .build();
    try {
      Path file = partial.resolve(STATE);
      if (Files.exists(file)) {
        if (!Json.readObject(file).equals(Json.parseObject(STATE, Json.pretty(state)))) {
          throw new ModelException(
              partial + ": expected the rest of the same work, found that of another; remove it");
        }
        return;
      }
      Files.createDirectories(partial);
      Json.write(file, state);
    } catch (IOException e) {
      throw new ModelException(partial + ": the folder cannot be made", e);
    }
  }

  private List<List<String>> shards() {
    List<List<String>> shards = new ArrayList<>();
    long bytes = Long.MAX_VALUE;
    for (String name : names.keySet()) {
      long more = bytes(name);
      if (shards.isEmpty() || bytes > options.shardBytes - more) {
        shards.add(new ArrayList<>());
        bytes = 0;
      }
      shards.getLast().add(name);
      bytes += more;
    }
    return shards;
  }

  private long bytes(String name) {
    return specs(name).stream()
        .mapToLong(spec -> spec.shape().elements() * spec.dtype().bytes())
        .sum();
  }

  /** The tensors that a weight becomes. */
  private List<Spec> specs(String name) {
    Shape shape = shape(name);
    if (!takesForm(name)) {
      return List.of(new Spec(name, plainType(name), shape));
    }
    return switch (options.form) {
      case BF16 -> List.of(new Spec(name, DType.BF16, shape));
      case FP8 ->
          List.of(
              new Spec(name, DType.F8_E4M3, shape),
              new Spec(name + BlockScaling.SUFFIX, DType.F32, BlockScaling.scaleShape(shape)));
      case INT8 -> List.of(new Spec(name, DType.I8, shape), scales(name, shape));
      case INT4 ->
          List.of(
              new Spec(
                  name + IntegerTensor.PACKED,
                  DType.I32,
                  Shape.of(shape.extent(0), shape.extent(1) / 8)),
              scales(name, shape),
              new Spec(name + IntegerTensor.SHAPE, DType.I64, Shape.of(2)));
    };
  }

  private Shape shape(String name) {
    Shape shape = names.get(name);
    if (shape == null) {
      throw new IllegalArgumentException("no weight " + name);
    }
    return shape;
  }

  private Spec scales(String name, Shape shape) {
    Shape groups = Shape.of(shape.extent(0), shape.extent(1) / options.group);
    return new Spec(name + IntegerTensor.SCALE, DType.BF16, groups);
  }

  /** Biases of gates and FP32 vectors stay what they are. */
  private DType plainType(String name) {
    boolean bias = name.endsWith("e_score_correction_bias");
    boolean wide = shape(name).axes() == 1 && weights.bfloats(original(name)) == null;
    return bias || wide ? DType.F32 : DType.BF16;
  }

  private boolean takesForm(String name) {
    if (!isLinear(name)) {
      return false;
    }
    return options.form.bits() == 0 || shape(name).extent(1) % options.group == 0;
  }

  /** Linears that the form is for: the gate stays as precise as it is. */
  private boolean isLinear(String name) {
    boolean inBlocks =
        shape(name).axes() == 2 && (name.contains(".mlp.") || name.contains(".self_attn."));
    if (!inBlocks || name.endsWith("mlp.gate.weight")) {
      return false;
    }
    return !options.expertsOnly || name.contains(".mlp.experts.");
  }

  private List<String> keptLinears() {
    return names.keySet().stream().filter(n -> isLinear(n) && !takesForm(n)).toList();
  }

  private Done writeShard(Path file, List<String> shard, Done before, Progress progress) {
    if (Files.exists(file)) {
      long bytes = shard.stream().mapToLong(this::bytes).sum();
      Done done = new Done(before.bytes + bytes, before.earlier + bytes, before.total);
      tellFound(file, shard);
      progress.written(done);
      return done;
    }
    List<Spec> specs = shard.stream().flatMap(name -> specs(name).stream()).toList();
    Done done = before;
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, specs, METADATA)) {
      for (String name : shard) {
        try (Arena arena = Arena.ofShared()) {
          write(name, writer, arena);
        }
        done = new Done(done.bytes + bytes(name), done.earlier, done.total);
        progress.written(done);
      }
      writer.commit();
    }
    return done;
  }

  private void tellFound(Path file, List<String> shard) {
    if (options.form.bits() == 0) {
      return;
    }
    try (WeightFiles files = WeightFiles.open(file)) {
      for (String name : shard) {
        if (takesForm(name)) {
          IntegerTensor.find(files, name).ifPresent(found -> rounding.found(name, found));
        }
      }
    }
  }

  private void write(String name, SafetensorsWriter writer, Arena arena) {
    String source = original(name);
    try {
      if (!takesForm(name) || options.form == WeightForm.BF16) {
        DType type = takesForm(name) ? DType.BF16 : plainType(name);
        Tensor stored = type == DType.BF16 ? weights.bfloats(source) : null;
        writer.add(name, stored != null ? stored : converted(source, type, arena));
      } else if (options.form == WeightForm.FP8) {
        writeBlocks(name, writer, arena);
      } else {
        writeIntegers(name, writer, arena);
      }
    } catch (IllegalArgumentException e) {
      throw new ModelException(name + ": " + e.getMessage(), e);
    }
  }

  private Tensor converted(String source, DType type, Arena arena) {
    return TensorConversion.convert(weights.values(source, DType.F32, arena), type, arena);
  }

  private void writeBlocks(String name, SafetensorsWriter writer, Arena arena) {
    Matrix.Tiled stored = weights.blocks(name);
    BlockScaling.Quantized blocks =
        stored != null
            ? new BlockScaling.Quantized(stored.codes(), stored.scales())
            : BlockScaling.quantize(converted(name, DType.BF16, arena), arena);
    writer.add(name, blocks.codes());
    writer.add(name + BlockScaling.SUFFIX, blocks.scaleInv());
  }

  private void writeIntegers(String name, SafetensorsWriter writer, Arena arena) {
    Tensor values = weights.values(name, DType.F32, arena);
    IntegerTensor rounded = rounding.round(name, values, options.form.bits(), options.group, arena);
    writer.add(
        options.form == WeightForm.INT4 ? name + IntegerTensor.PACKED : name, rounded.codes());
    writer.add(name + IntegerTensor.SCALE, rounded.scales());
    if (options.form == WeightForm.INT4) {
      writer.add(name + IntegerTensor.SHAPE, rounded.extents(arena));
    }
  }

  /** The MTP layer's copies are those of the originals. */
  private static String original(String name) {
    if (name.endsWith(".embed_tokens.weight")) {
      return ParameterNames.EMBEDDING;
    }
    return name.endsWith(".shared_head.head.weight") ? ParameterNames.HEAD : name;
  }

  private JsonObject configuration(JsonObject source) {
    JsonObject.Builder json = JsonObject.builder();
    source
        .members()
        .forEach(
            (name, value) -> {
              if (!name.equals("quantization_config")) {
                json.put(name, value);
              }
            });
    json.put("torch_dtype", "bfloat16");
    // A layer that was switched off is not written.
    json.put(MTP_LAYERS, weights.config().numNextnPredictLayers());
    List<String> ignored =
        names.keySet().stream()
            .filter(name -> shape(name).axes() == 2 && !takesForm(name))
            .filter(name -> !name.endsWith("embed_tokens.weight"))
            .map(name -> name.substring(0, name.length() - ".weight".length()))
            .toList();
    options
        .form
        .quantizationConfig(options.group, ignored)
        .ifPresent(form -> json.put("quantization_config", form));
    return json.build();
  }

  private static void publish(Path partial, Path target, Companions companions) {
    companions.writeInto(partial);
    try {
      Files.delete(partial.resolve(STATE));
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new ModelException(target + ": the finished folder cannot be put in place", e);
    }
  }
}
