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
import dev.hadal.text.TokenizerFiles;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a model's folder says beside its weights, which needs no kernels to be read.
 *
 * @param weights the folder, or the weights file in it
 * @param folder of the configuration
 * @param config the model's configuration
 * @param tokenizer if there is one
 * @param tokenizerConfig with the chat template, if there is one
 * @param stopTokens the tokens that end a continuation
 */
public record ModelFiles(
    Path weights,
    Path folder,
    ModelConfig config,
    Optional<Tokenizer> tokenizer,
    Optional<TokenizerConfig> tokenizerConfig,
    Set<Integer> stopTokens) {
  private static final String CONFIG = "config.json";

  /**
   * Reads them.
   *
   * @param path a folder, a training run's folder or a weights file
   * @throws GenerateException if there is no {@code config.json}
   * @throws dev.hadal.format.FormatException if a file is not as its format asks
   * @throws dev.hadal.model.ModelException if it is not a model of this family
   * @throws dev.hadal.text.TextException if the tokenizer is not one of this kind
   */
  public static ModelFiles read(Path path) {
    Path weights = weights(path);
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
        stopTokens(folder, config));
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
    requireMemory(folder, InferenceMemory.of(config, mode, kernels.computeType()));
    try (WeightFiles files = WeightFiles.open(weights)) {
      InferenceModel model = InferenceModel.load(config, files, kernels, mode);
      List<String> warnings = new ArrayList<>(model.warnings());
      if (tokenizer.isPresent() && tokenizer.get().size() > config.vocabSize()) {
        warnings.add(
            "%s: the tokenizer has %d tokens, the model %d; a text with one of the others is refused."
                .formatted(folder, tokenizer.get().size(), config.vocabSize()));
      }
      return new ModelFolder(this, model, List.copyOf(warnings));
    }
  }

  /** The configuration of a model, without its weights. */
  static ModelConfig config(Path path) {
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
}
