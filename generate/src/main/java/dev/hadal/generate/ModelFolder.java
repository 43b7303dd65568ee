package dev.hadal.generate;

import com.sun.management.OperatingSystemMXBean;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMemory;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.ModelConfig;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerConfig;
import dev.hadal.text.TokenizerJson;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A model with all that belongs to it: a Hugging Face folder, a training run's folder (its {@code
 * model} folder counts), or a weights file beside its {@code config.json}.
 */
public final class ModelFolder implements AutoCloseable {
  private static final String CONFIG = "config.json";

  private final Path folder;
  private final InferenceModel model;
  private final Optional<Tokenizer> tokenizer;
  private final Optional<TokenizerConfig> tokenizerConfig;
  private final Set<Integer> stopTokens;
  private final List<String> warnings;

  private ModelFolder(
      Path folder,
      InferenceModel model,
      Optional<Tokenizer> tokenizer,
      Optional<TokenizerConfig> tokenizerConfig,
      Set<Integer> stopTokens,
      List<String> warnings) {
    this.folder = folder;
    this.model = model;
    this.tokenizer = tokenizer;
    this.tokenizerConfig = tokenizerConfig;
    this.stopTokens = stopTokens;
    this.warnings = warnings;
  }

  /**
   * Opens a model.
   *
   * @param path a folder or a weights file
   * @param kernels stay the caller's
   * @throws GenerateException if there is no {@code config.json}, or the model is larger than the
   *     machine's memory
   * @throws dev.hadal.format.FormatException if a file is not as its format asks
   * @throws dev.hadal.model.ModelException if it is not a model of this family
   * @throws dev.hadal.text.TextException if the tokenizer is not one of this kind
   */
  public static ModelFolder open(Path path, Kernels kernels, InferenceMode mode) {
    Path weights = weights(path);
    Path folder = folder(weights);
    ModelConfig config = config(folder);
    Optional<Tokenizer> tokenizer =
        Files.exists(folder.resolve("tokenizer.json"))
            ? Optional.of(TokenizerJson.read(folder.resolve("tokenizer.json")))
            : Optional.empty();
    Optional<TokenizerConfig> tokenizerConfig =
        Files.exists(folder.resolve("tokenizer_config.json"))
            ? Optional.of(TokenizerConfig.read(folder.resolve("tokenizer_config.json")))
            : Optional.empty();
    Set<Integer> stopTokens = stopTokens(folder, config);
    requireMemory(folder, InferenceMemory.of(config, mode, kernels.computeType()));
    try (WeightFiles files = WeightFiles.open(weights)) {
      InferenceModel model = InferenceModel.load(config, files, kernels, mode);
      List<String> warnings = new ArrayList<>(model.warnings());
      if (tokenizer.isPresent() && tokenizer.get().size() > config.vocabSize()) {
        warnings.add(
            "%s: the tokenizer has %d tokens, the model %d; a text with one of the others is refused."
                .formatted(folder, tokenizer.get().size(), config.vocabSize()));
      }
      return new ModelFolder(
          folder, model, tokenizer, tokenizerConfig, stopTokens, List.copyOf(warnings));
    }
  }

  /** The configuration of a model, without its weights. */
  public static ModelConfig config(Path path) {
    Path file = folder(weights(path)).resolve(CONFIG);
    if (!Files.exists(file)) {
      throw new GenerateException(file + ": expected the model's configuration, found no file");
    }
    return ModelConfig.read(file);
  }

  private static void requireMemory(Path folder, InferenceMemory memory) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      long present = system.getTotalMemorySize();
      if (memory.total(1) > present) {
        throw new GenerateException(
            "%s: the model does not fit into the machine's %,d MB of memory: %s"
                .formatted(folder, present >> 20, memory.describe(1)));
      }
    }
  }

  /** A run's folder leads to its model. */
  private static Path weights(Path path) {
    if (!Files.exists(path)) {
      throw new GenerateException(path + ": there is no such file or folder");
    }
    Path inner = path.resolve("model");
    boolean run =
        Files.isDirectory(path)
            && !Files.exists(path.resolve(CONFIG))
            && Files.exists(inner.resolve(CONFIG));
    return run ? inner : path;
  }

  private static Path folder(Path weights) {
    return Files.isDirectory(weights) ? weights : weights.toAbsolutePath().resolveSibling("");
  }

  /** The tokens that the configuration and {@code generation_config.json} name together. */
  private static Set<Integer> stopTokens(Path folder, ModelConfig config) {
    Set<Integer> ids = new LinkedHashSet<>(config.eosTokenIds());
    Path file = folder.resolve("generation_config.json");
    if (Files.exists(file)) {
      JsonObject json = Json.readObject(file, JsonLimits.CONFIGURATION);
      if (json.find("eos_token_id").orElse(null) instanceof JsonArray array) {
        for (int i = 0; i < array.size(); i++) {
          ids.add(array.getInt(i));
        }
      } else if (json.has("eos_token_id")) {
        ids.add(json.getInt("eos_token_id"));
      }
    }
    return Set.copyOf(ids);
  }

  /** The folder of the configuration. */
  public Path folder() {
    return folder;
  }

  /** The model. */
  public InferenceModel model() {
    return model;
  }

  /**
   * The tokenizer.
   *
   * @throws GenerateException if the folder has none
   */
  public Tokenizer tokenizer() {
    return tokenizer.orElseThrow(
        () ->
            new GenerateException(
                folder.resolve("tokenizer.json") + ": expected a tokenizer, found no file"));
  }

  /** Whether there is a tokenizer. */
  public boolean hasTokenizer() {
    return tokenizer.isPresent();
  }

  /** The tokenizer's configuration, with the chat template, where there is one. */
  public Optional<TokenizerConfig> tokenizerConfig() {
    return tokenizerConfig;
  }

  /** The tokens that end a continuation. */
  public Set<Integer> stopTokens() {
    return stopTokens;
  }

  /** What was ignored or switched off, in whole sentences. */
  public List<String> warnings() {
    return warnings;
  }

  /** The token that begins a document, if prompts get one. */
  public OptionalInt bos() {
    boolean wanted = tokenizerConfig.map(TokenizerConfig::addBos).orElse(true);
    int bos = model.config().bosTokenId();
    return wanted && bos >= 0 ? OptionalInt.of(bos) : OptionalInt.empty();
  }

  /**
   * The ids of a prompt that is plain text: added tokens in it are recognised, and it begins with
   * one begin-of-sentence token where the model wants it.
   */
  public int[] encodePrompt(String text) {
    int[] ids = tokenizer().encode(text);
    OptionalInt bos = bos();
    if (bos.isEmpty() || (ids.length > 0 && ids[0] == bos.getAsInt())) {
      return ids;
    }
    return IntStream.concat(IntStream.of(bos.getAsInt()), Arrays.stream(ids)).toArray();
  }

  /** Continues prompts with this model. */
  public Generator generator() {
    return new Generator(model, tokenizer.orElse(null), stopTokens);
  }

  @Override
  public void close() {
    model.close();
  }
}
