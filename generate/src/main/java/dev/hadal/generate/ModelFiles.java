package dev.hadal.generate;

import dev.hadal.format.GgufFiles;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.GgufConfig;
import dev.hadal.model.InferenceMemory;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.MemoryLimit;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.PackedCache;
import dev.hadal.text.ChatTemplate;
import dev.hadal.text.ChatTemplates;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerConfig;
import dev.hadal.text.TokenizerFiles;
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
import org.jspecify.annotations.Nullable;

/**
 * What a model's folder, or a GGUF file, says beside its weights, which needs no kernels to be
 * read.
 *
 * @param weights the folder, or the weights file
 * @param folder of the configuration
 * @param config the model's configuration
 * @param tokenizer if there is one
 * @param tokenizerConfig with the chat template, if there is one
 * @param stopTokens the tokens that end a continuation
 * @param usualMode the arithmetic that suits how the weights are stored: int8 for small integers in
 *     groups, fp8 where the configuration says so, else bf16
 */
public record ModelFiles(
    Path weights,
    Path folder,
    ModelConfig config,
    Optional<Tokenizer> tokenizer,
    Optional<TokenizerConfig> tokenizerConfig,
    Set<Integer> stopTokens,
    InferenceMode usualMode) {
  private static final String CONFIG = "config.json";
  private static final long LEAST_CACHED_BYTES = 512L << 20;

  /**
   * Reads them.
   *
   * @param path a folder, a training run's folder, a weights file, or a GGUF file or a folder with
   *     one
   * @throws GenerateException if there is no {@code config.json}
   * @throws dev.hadal.format.FormatException if a file is not as its format asks
   * @throws dev.hadal.model.ModelException if it is not a model of this family
   * @throws dev.hadal.text.TextException if the tokenizer is not one of this kind
   */
  public static ModelFiles read(Path path) {
    Path weights = weights(path);
    if (GgufFiles.isGguf(weights)) {
      return GgufModel.read(weights);
    }
    Path folder = folder(weights);
    ModelConfig config = config(folder);
    Path tokenizerConfig = folder.resolve("tokenizer_config.json");
    return new ModelFiles(
        weights,
        folder,
        config,
        TokenizerFiles.read(folder),
        Files.exists(tokenizerConfig)
            ? Optional.of(TokenizerConfig.read(tokenizerConfig))
            : Optional.empty(),
        stopTokens(folder, config),
        usualMode(folder.resolve(CONFIG)));
  }

  /**
   * Loads the weights.
   *
   * @param kernels stay the caller's
   * @throws GenerateException if the model is larger than the machine's memory
   * @throws dev.hadal.format.FormatException if a file is not as its format asks
   * @throws dev.hadal.model.ModelException if the weights are not those of the configuration
   */
  public ModelFolder open(Kernels kernels, InferenceMode mode) {
    return open(kernels, mode, Optional.empty());
  }

  /**
   * The same with a cache of packed weights, used for weights of at least {@value
   * #LEAST_CACHED_BYTES} bytes: smaller ones are packed sooner than they are found.
   */
  public ModelFolder open(Kernels kernels, InferenceMode mode, Optional<PackedCache> cache) {
    return open(kernels, mode, cache, Optional.empty());
  }

  /**
   * The same within a limit: what is too large reads routed experts from the cache as they are
   * needed, with the same bits.
   *
   * @throws dev.hadal.model.ModelException with the numbers, if the limit is too small or the cache
   *     has no room
   */
  public ModelFolder open(
      Kernels kernels,
      InferenceMode mode,
      Optional<PackedCache> cache,
      Optional<MemoryLimit> limit) {
    InferenceModel model = load(kernels, mode, cache, limit);
    List<String> warnings = new ArrayList<>(model.warnings());
    if (tokenizer.isPresent() && tokenizer.get().size() > config.vocabSize()) {
      warnings.add(
          "%s: the tokenizer has %d tokens, the model %d; a text with one of the others is refused."
              .formatted(weights, tokenizer.get().size(), config.vocabSize()));
    }
    return new ModelFolder(this, model, List.copyOf(warnings));
  }

  private InferenceModel load(
      Kernels kernels,
      InferenceMode mode,
      Optional<PackedCache> cache,
      Optional<MemoryLimit> limit) {
    MemoryCheck check = new MemoryCheck(weights, config, mode, kernels, limit);
    if (!mode.keepsIntegers()) {
      // The configuration alone says it.
      check.require(InferenceMemory.of(config, mode, kernels));
    }
    MemoryLimit most = limit.orElse(null);
    if (GgufFiles.isGguf(weights)) {
      try (GgufFiles files = GgufFiles.open(weights)) {
        GgufConfig read = GgufConfig.read(files);
        InferenceMemory need = InferenceMemory.of(read, files, kernels, mode);
        check.require(need);
        PackedCache used = worthwhile(cache, need, limit);
        return InferenceModel.load(read, files, kernels, mode, used, most);
      }
    }
    try (WeightFiles files = WeightFiles.open(weights)) {
      InferenceMemory need = InferenceMemory.of(config, files, kernels, mode);
      check.require(need);
      PackedCache used = worthwhile(cache, need, limit);
      return InferenceModel.load(config, files, kernels, mode, used, most);
    }
  }

  private static @Nullable PackedCache worthwhile(
      Optional<PackedCache> cache, InferenceMemory need, Optional<MemoryLimit> limit) {
    boolean streams = limit.filter(given -> !given.holds(need)).isPresent();
    return cache.filter(_ -> streams || need.weights() >= LEAST_CACHED_BYTES).orElse(null);
  }

  private static InferenceMode usualMode(Path configuration) {
    String method =
        Json.readObject(configuration, JsonLimits.CONFIGURATION)
            .findObject("quantization_config")
            .map(json -> json.getString("quant_method", ""))
            .orElse("");
    return switch (method) {
      case "compressed-tensors" -> InferenceMode.INT8;
      case "fp8" -> InferenceMode.FP8;
      default -> InferenceMode.BF16;
    };
  }

  /**
   * The tokenizer.
   *
   * @throws GenerateException if there is none
   */
  public Tokenizer requireTokenizer() {
    return tokenizer.orElseThrow(this::withoutTokenizer);
  }

  /**
   * The template that makes prompts of conversations.
   *
   * @param wanted a built-in one's name or a file; else the model's own, else the built-in one that
   *     its {@code model_type} means
   * @throws GenerateException if there is none, with what can be done
   * @throws dev.hadal.text.TextException if the file is no template or cannot be read
   */
  public ChatTemplate chatTemplate(Optional<String> wanted) {
    Optional<String> bos = tokenizerConfig.flatMap(TokenizerConfig::bos);
    Optional<String> eos = tokenizerConfig.flatMap(TokenizerConfig::eos);
    if (wanted.isPresent()) {
      return ChatTemplates.BUILT_IN.contains(wanted.get())
          ? ChatTemplates.builtIn(wanted.get(), bos, eos)
          : ChatTemplates.file(Path.of(wanted.get()), bos, eos);
    }
    Optional<String> inside = tokenizerConfig.flatMap(TokenizerConfig::chatTemplate);
    if (GgufFiles.isGguf(weights) && inside.isPresent()) {
      return ChatTemplate.of(weights + ": tokenizer.chat_template", inside.get(), bos, eos);
    }
    TokenizerConfig own =
        tokenizerConfig.orElseGet(
            () -> TokenizerConfig.of(SpecialTokens.deepSeekV3(), config.maxPositionEmbeddings()));
    return ChatTemplates.read(folder, own)
        .or(
            () ->
                ChatTemplates.nameFor(config.modelType())
                    .map(name -> ChatTemplates.builtIn(name, bos, eos)))
        .orElseThrow(
            () ->
                new GenerateException(
                    "%s: the model has no chat template; name a file with one, or one of %s"
                        .formatted(weights, String.join(", ", ChatTemplates.BUILT_IN))));
  }

  /** The token that begins a document, if prompts get one. */
  public OptionalInt bos() {
    boolean wanted = tokenizerConfig.map(TokenizerConfig::addBos).orElse(true);
    int bos = config.bosTokenId();
    return wanted && bos >= 0 ? OptionalInt.of(bos) : OptionalInt.empty();
  }

  /**
   * The ids of a prompt that is plain text: added tokens in it are recognised, and it begins with
   * one begin-of-sentence token where the model wants it.
   *
   * @throws GenerateException if there is no tokenizer
   */
  public int[] encodePrompt(String text) {
    int[] ids = requireTokenizer().encode(text);
    OptionalInt bos = bos();
    if (bos.isEmpty() || (ids.length > 0 && ids[0] == bos.getAsInt())) {
      return ids;
    }
    return IntStream.concat(IntStream.of(bos.getAsInt()), Arrays.stream(ids)).toArray();
  }

  /** What to say where a tokenizer is needed and there is none. */
  GenerateException withoutTokenizer() {
    return new GenerateException(
        GgufFiles.isGguf(weights)
            ? weights + ": tokenizer.ggml.model: expected a tokenizer in the file, found none"
            : folder + ": expected a tokenizer (tokenizer.json or tiktoken.model), found none");
  }

  /** The configuration of a model, without its weights. */
  static ModelConfig config(Path path) {
    Path weights = weights(path);
    if (GgufFiles.isGguf(weights)) {
      try (GgufFiles files = GgufFiles.open(weights)) {
        return GgufConfig.read(files).config();
      }
    }
    Path file = folder(weights).resolve(CONFIG);
    if (!Files.exists(file)) {
      throw new GenerateException(file + ": expected the model's configuration, found no file");
    }
    return ModelConfig.read(file);
  }

  /** A run's folder leads to its model, a folder with nothing but a GGUF model to that. */
  private static Path weights(Path path) {
    if (!Files.exists(path)) {
      throw new GenerateException(path + ": there is no such file or folder");
    }
    Path inner = path.resolve("model");
    boolean run =
        Files.isDirectory(path)
            && !Files.exists(path.resolve(CONFIG))
            && Files.exists(inner.resolve(CONFIG));
    if (run || !Files.isDirectory(path) || WeightFiles.areIn(path)) {
      return run ? inner : path;
    }
    return GgufFiles.find(path).orElse(path);
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
}
