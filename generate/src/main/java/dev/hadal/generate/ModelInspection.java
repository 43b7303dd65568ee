package dev.hadal.generate;

import dev.hadal.format.FormatException;
import dev.hadal.format.GgufFile;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.GgufMetadata;
import dev.hadal.format.GgufTensor;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.SafetensorsEntry;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.WeightFiles;
import dev.hadal.model.GgufConfig;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.ParameterCounts;
import dev.hadal.tensor.Shape;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is in a model's folder or file, without loading weights: for a folder with or without an
 * index of shards, a weights file alone, a GGUF file or set, a folder with nothing but a tokenizer,
 * a training run or one of its checkpoints.
 *
 * @param source what was asked for
 * @param config the configuration, where there is one
 * @param tensors in the order of the files
 * @param parts sums over the tensors, empty parts left out
 * @param tokenizer where there is one
 * @param checkpoint where the folder is a training checkpoint
 * @param gguf where it is a GGUF file or set
 * @param bytes of all tensors
 */
public record ModelInspection(
    Path source,
    Optional<ModelConfig> config,
    List<TensorSummary> tensors,
    List<PartSummary> parts,
    Optional<TokenizerSummary> tokenizer,
    Optional<CheckpointSummary> checkpoint,
    Optional<GgufSummary> gguf,
    long bytes) {

  private static final String MANIFEST = "manifest.json";

  /** Copies the lists. */
  public ModelInspection {
    tensors = List.copyOf(tensors);
    parts = List.copyOf(parts);
  }

  /**
   * One tensor.
   *
   * @param name as the file has it
   * @param dtype as safetensors files name it, or the type of a GGUF file
   * @param shape extents, outermost first, which in GGUF files is the other way round
   * @param bytes its size
   * @param file the name of its file
   */
  public record TensorSummary(
      String name, String dtype, List<Long> shape, long bytes, String file) {
    /** Copies the list. */
    public TensorSummary {
      shape = List.copyOf(shape);
    }

    /** The number of elements. */
    public long elements() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }
  }

  /**
   * The tensors of one part of a model together.
   *
   * @param part which
   * @param parameters elements, scales of FP8 blocks and the MTP layer's copies not counted
   * @param bytes all of them
   */
  public record PartSummary(ModelPart part, long parameters, long bytes) {}

  /**
   * A tokenizer.
   *
   * @param tokens one more than the largest id
   * @param merges learned pairs
   * @param addedTokens tokens beside the learned ones
   */
  public record TokenizerSummary(int tokens, int merges, int addedTokens) {}

  /**
   * A training checkpoint, by its manifest; hashes are not checked.
   *
   * @param step the training step
   * @param files name and bytes of each file
   * @param fields what training wrote down
   */
  public record CheckpointSummary(long step, List<CheckpointFile> files, JsonObject fields) {
    /** Copies the list. */
    public CheckpointSummary {
      files = List.copyOf(files);
    }
  }

  /**
   * What a GGUF file says of itself.
   *
   * @param version of the format
   * @param alignment of tensors, in bytes
   * @param metadata keys in the order of the file; of long arrays type and size
   * @param warnings what a reader would fill in or leave out
   */
  public record GgufSummary(
      int version, long alignment, JsonObject metadata, List<String> warnings) {
    /** Copies the list. */
    public GgufSummary {
      warnings = List.copyOf(warnings);
    }
  }

  /** A file of a checkpoint. */
  public record CheckpointFile(String name, long bytes, String sha256) {}

  /**
   * Looks at a folder or file.
   *
   * @throws GenerateException if there is nothing to look at
   * @throws FormatException if a file is not as its format asks
   * @throws dev.hadal.model.ModelException if the configuration is not of this family
   * @throws dev.hadal.text.TextException if the tokenizer is not one of this kind
   */
  public static ModelInspection of(Path path) {
    if (!Files.exists(path)) {
      throw new GenerateException(path + ": there is no such file or folder");
    }
    boolean folder = Files.isDirectory(path);
    if (GgufFiles.isGguf(path)) {
      return gguf(path);
    }
    if (!folder && (path.toString().endsWith(".json") || path.toString().endsWith(".model"))) {
      return build(
          path, Optional.empty(), List.of(), Optional.of(tokenizer(path)), Optional.empty());
    }
    Path home = folder ? path : path.toAbsolutePath().resolveSibling("");
    Optional<CheckpointSummary> checkpoint =
        folder && Files.exists(path.resolve(MANIFEST))
            ? Optional.of(checkpoint(path.resolve(MANIFEST)))
            : Optional.empty();
    Optional<ModelConfig> config = config(home);
    List<TensorSummary> tensors =
        checkpoint.isPresent() ? everyFile(path) : folder ? weights(path) : file(path);
    if (folder && tensors.isEmpty() && checkpoint.isEmpty()) {
      Optional<Path> file = GgufFiles.find(path);
      if (file.isPresent()) {
        return gguf(file.get());
      }
    }
    Optional<TokenizerSummary> tokenizer =
        folder ? TokenizerFiles.find(path).map(ModelInspection::tokenizer) : Optional.empty();
    if (folder
        && config.isEmpty()
        && tensors.isEmpty()
        && tokenizer.isEmpty()
        && checkpoint.isEmpty()) {
      Path inner = path.resolve("model");
      if (Files.isDirectory(inner)) {
        return of(inner);
      }
      throw new GenerateException(
          path
              + ": expected config.json, weights (*.safetensors, *.gguf), tokenizer.json,"
              + " tiktoken.model or a checkpoint's manifest.json in the folder, found none");
    }
    return build(path, config, tensors, tokenizer, checkpoint);
  }

  /** Of another architecture too, which then has no configuration. */
  private static ModelInspection gguf(Path path) {
    try (GgufFiles files = GgufFiles.open(path)) {
      GgufMetadata metadata = files.metadata();
      boolean known =
          metadata.getString("general.architecture", "").equals(GgufConfig.ARCHITECTURE);
      Optional<GgufConfig> config = known ? Optional.of(GgufConfig.read(files)) : Optional.empty();
      GgufFile first = files.shards().getFirst();
      GgufSummary summary =
          new GgufSummary(
              first.version(),
              first.alignment(),
              metadata.toJson(),
              config.map(GgufConfig::warnings).orElse(List.of()));
      List<TensorSummary> tensors = new ArrayList<>();
      for (String name : files.names()) {
        GgufTensor tensor = files.tensor(name);
        String file = String.valueOf(files.owner(name).path().getFileName());
        tensors.add(
            new TensorSummary(
                name, tensor.type().name(), extents(tensor.shape()), tensor.bytes(), file));
      }
      return build(
          path,
          config.map(GgufConfig::config),
          tensors,
          GgufModel.hasTokenizer(metadata)
              ? Optional.of(GgufModel.summary(metadata))
              : Optional.empty(),
          Optional.empty(),
          Optional.of(summary));
    }
  }

  private static List<Long> extents(Shape shape) {
    return Arrays.stream(shape.extents()).boxed().toList();
  }

  private static ModelInspection build(
      Path source,
      Optional<ModelConfig> config,
      List<TensorSummary> tensors,
      Optional<TokenizerSummary> tokenizer,
      Optional<CheckpointSummary> checkpoint) {
    return build(source, config, tensors, tokenizer, checkpoint, Optional.empty());
  }

  private static ModelInspection build(
      Path source,
      Optional<ModelConfig> config,
      List<TensorSummary> tensors,
      Optional<TokenizerSummary> tokenizer,
      Optional<CheckpointSummary> checkpoint,
      Optional<GgufSummary> gguf) {
    int layers = config.map(ModelConfig::numHiddenLayers).orElse(Integer.MAX_VALUE);
    Map<ModelPart, PartSummary> parts = new EnumMap<>(ModelPart.class);
    long bytes = 0;
    for (TensorSummary tensor : tensors) {
      bytes = Math.addExact(bytes, tensor.bytes());
      ModelPart part = ModelPart.of(tensor.name(), layers);
      long parameters = ModelPart.counts(tensor.name()) ? tensor.elements() : 0;
      PartSummary before = parts.getOrDefault(part, new PartSummary(part, 0, 0));
      parts.put(
          part,
          new PartSummary(part, before.parameters() + parameters, before.bytes() + tensor.bytes()));
    }
    return new ModelInspection(
        source, config, tensors, List.copyOf(parts.values()), tokenizer, checkpoint, gguf, bytes);
  }

  private static Optional<ModelConfig> config(Path folder) {
    Path file = folder.resolve("config.json");
    return Files.exists(file) ? Optional.of(ModelConfig.read(file)) : Optional.empty();
  }

  private static TokenizerSummary tokenizer(Path file) {
    Tokenizer tokenizer = TokenizerFiles.readFile(file);
    return new TokenizerSummary(
        tokenizer.size(), tokenizer.vocabulary().merges().size(), tokenizer.addedTokens().size());
  }

  /** The index or the one file if there is one, else all files. */
  private static List<TensorSummary> weights(Path folder) {
    if (!Files.exists(folder.resolve("model.safetensors.index.json"))
        && !Files.exists(folder.resolve("model.safetensors"))) {
      return everyFile(folder);
    }
    List<TensorSummary> tensors = new ArrayList<>();
    try (WeightFiles files = WeightFiles.open(folder)) {
      for (SafetensorsFile shard : files.shards()) {
        add(shard, tensors);
      }
    }
    return tensors;
  }

  private static List<TensorSummary> everyFile(Path folder) {
    List<TensorSummary> tensors = new ArrayList<>();
    for (Path file : safetensors(folder)) {
      tensors.addAll(file(file));
    }
    return tensors;
  }

  private static List<Path> safetensors(Path folder) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.safetensors")) {
      found.forEach(files::add);
    } catch (IOException e) {
      throw new GenerateException(folder + ": the folder cannot be read", e);
    }
    files.sort(null);
    return files;
  }

  private static List<TensorSummary> file(Path path) {
    List<TensorSummary> tensors = new ArrayList<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      add(file, tensors);
    }
    return tensors;
  }

  private static void add(SafetensorsFile file, List<TensorSummary> tensors) {
    String fileName = String.valueOf(file.path().getFileName());
    for (String name : file.names()) {
      SafetensorsEntry entry = file.entry(name);
      tensors.add(
          new TensorSummary(
              name,
              entry.dtype().safetensorsName(),
              extents(entry.shape()),
              entry.bytes(),
              fileName));
    }
  }

  private static CheckpointSummary checkpoint(Path manifest) {
    JsonObject json = Json.readObject(manifest);
    JsonArray entries = json.getArray("files");
    List<CheckpointFile> files = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      JsonObject entry = entries.getObject(i);
      files.add(
          new CheckpointFile(
              entry.getString("name"), entry.getLong("bytes"), entry.getString("sha256")));
    }
    return new CheckpointSummary(json.getLong("step"), files, json.getObject("fields"));
  }

  /** The number of parameters of all parts. */
  public long parameters() {
    return parts.stream().mapToLong(PartSummary::parameters).sum();
  }

  /** What the configuration alone says, where there is one. */
  public Optional<ParameterCounts> counts() {
    return config.map(ModelConfig::parameterCounts);
  }

  /** All of it as JSON; what is absent is null. */
  public JsonObject toJson() {
    JsonObject.Builder json = JsonObject.builder();
    json.put("source", source.toString());
    if (config.isPresent()) {
      json.put("config", config.get().toJson());
      ParameterCounts counts = config.get().parameterCounts();
      json.put(
          "counts",
          JsonObject.builder()
              .put("total", counts.total())
              .put("active", counts.active())
              .put("mtp", counts.mtp())
              .build());
    } else {
      json.put("config", new JsonNull());
    }
    json.put("parameters", parameters());
    json.put("bytes", bytes);
    json.put("parts", JsonArray.of(parts.stream().map(ModelInspection::json).toList()));
    json.put("tensors", JsonArray.of(tensors.stream().map(ModelInspection::json).toList()));
    if (tokenizer.isPresent()) {
      json.put("tokenizer", json(tokenizer.get()));
    } else {
      json.put("tokenizer", new JsonNull());
    }
    if (checkpoint.isPresent()) {
      json.put("checkpoint", json(checkpoint.get()));
    } else {
      json.put("checkpoint", new JsonNull());
    }
    if (gguf.isPresent()) {
      json.put("gguf", json(gguf.get()));
    } else {
      json.put("gguf", new JsonNull());
    }
    return json.build();
  }

  private static JsonObject json(PartSummary part) {
    return JsonObject.builder()
        .put("part", part.part().label())
        .put("parameters", part.parameters())
        .put("bytes", part.bytes())
        .build();
  }

  private static JsonObject json(TensorSummary tensor) {
    return JsonObject.builder()
        .put("name", tensor.name())
        .put("dtype", tensor.dtype())
        .put(
            "shape",
            JsonArray.ofLongs(tensor.shape().stream().mapToLong(Long::longValue).toArray()))
        .put("bytes", tensor.bytes())
        .put("file", tensor.file())
        .build();
  }

  private static JsonObject json(TokenizerSummary tokenizer) {
    return JsonObject.builder()
        .put("tokens", tokenizer.tokens())
        .put("merges", tokenizer.merges())
        .put("added_tokens", tokenizer.addedTokens())
        .build();
  }

  private static JsonObject json(GgufSummary gguf) {
    return JsonObject.builder()
        .put("version", gguf.version())
        .put("alignment", gguf.alignment())
        .put("metadata", gguf.metadata())
        .put("warnings", JsonArray.ofStrings(gguf.warnings()))
        .build();
  }

  private static JsonObject json(CheckpointSummary checkpoint) {
    List<JsonObject> files =
        checkpoint.files().stream()
            .map(
                file ->
                    JsonObject.builder()
                        .put("name", file.name())
                        .put("bytes", file.bytes())
                        .put("sha256", file.sha256())
                        .build())
            .toList();
    return JsonObject.builder()
        .put("step", checkpoint.step())
        .put("files", JsonArray.of(files))
        .put("fields", checkpoint.fields())
        .build();
  }
}
