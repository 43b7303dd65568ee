package dev.hadal.generate;

import dev.hadal.format.GgufFile;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.GgufConfig;
import dev.hadal.model.GptqRounding;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.WeightRewriter;
import dev.hadal.text.TokenizerConfig;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Rewrites a whole model in another form: the weights by {@link WeightRewriter}, and what belongs
 * beside them. From a folder that is copied, but for code, which nothing here runs; from a GGUF
 * file it is made of the metadata.
 */
public final class ModelRewriter {
  private static final String CONFIG = "config.json";
  private static final String GENERATION_CONFIG = "generation_config.json";
  private static final String TOKENIZER = "tokenizer.json";
  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  private static final List<String> COPIED =
      List.of(
          TOKENIZER,
          TOKENIZER_CONFIG,
          "tiktoken.model",
          "special_tokens_map.json",
          "chat_template.jinja",
          GENERATION_CONFIG);
  private static final String LICENCES = "LICENSE*";

  /**
   * What was done.
   *
   * @param summary of the weights
   * @param bytesBefore of the files that were read
   * @param warnings what of the source is not used, in whole sentences
   */
  public record Result(WeightRewriter.Summary summary, long bytesBefore, List<String> warnings) {}

  private ModelRewriter() {}

  /**
   * Writes a folder.
   *
   * @param target must not exist
   * @param calibration tokens of a text whose inputs integers are rounded for by GPTQ; none for
   *     rounding to nearest
   * @param kernels of FP32, which stay the caller's
   * @throws dev.hadal.format.FormatException if a file is not as its format asks
   * @throws dev.hadal.model.ModelException as {@link WeightRewriter#write} does
   */
  public static Result rewrite(
      ModelFiles model,
      Path target,
      WeightRewriter.Options options,
      int[] calibration,
      Kernels kernels,
      WeightRewriter.Progress progress) {
    if (GgufFiles.isGguf(model.weights())) {
      try (GgufFiles files = GgufFiles.open(model.weights())) {
        GgufConfig config = GgufConfig.read(files);
        Target folder =
            new Target(target, model.config().toJson(), to -> describe(model, to), progress);
        List<Path> shards = files.shards().stream().map(GgufFile::path).toList();
        return folder.write(
            rounding -> WeightRewriter.of(config, files, kernels.team(), options, rounding),
            () -> GptqRounding.of(config, files, kernels, calibration),
            calibration.length > 0,
            shards);
      }
    }
    try (WeightFiles files = WeightFiles.open(model.weights())) {
      Target folder =
          new Target(
              target, configuration(model.folder()), to -> copy(model.folder(), to), progress);
      List<Path> shards = files.shards().stream().map(SafetensorsFile::path).toList();
      return folder.write(
          rounding -> WeightRewriter.of(model.config(), files, options, rounding),
          () -> GptqRounding.of(model.config(), files, kernels, calibration),
          calibration.length > 0,
          shards);
    }
  }

  /** What is written, wherever it comes from. */
  private record Target(
      Path path,
      JsonObject configuration,
      WeightRewriter.Companions companions,
      WeightRewriter.Progress progress) {
    Result write(
        Function<WeightRewriter.Rounding, WeightRewriter> rewriters,
        Supplier<GptqRounding> calibrated,
        boolean calibrates,
        List<Path> sources) {
      if (!calibrates) {
        return write(rewriters.apply(new WeightRewriter.Nearest()), sources);
      }
      try (GptqRounding rounding = calibrated.get()) {
        return write(rewriters.apply(rounding), sources);
      }
    }

    private Result write(WeightRewriter rewriter, List<Path> sources) {
      WeightRewriter.Summary summary = rewriter.write(path, configuration, companions, progress);
      return new Result(summary, bytes(sources), rewriter.warnings());
    }
  }

  /** Without the names of classes in code that is not copied. */
  private static JsonObject configuration(Path folder) {
    JsonObject.Builder json = JsonObject.builder();
    Json.readObject(folder.resolve(CONFIG), JsonLimits.CONFIGURATION)
        .members()
        .forEach(
            (name, value) -> {
              if (!name.equals("auto_map")) {
                json.put(name, value);
              }
            });
    return json.build();
  }

  private static void copy(Path from, Path to) {
    for (String name : COPIED) {
      if (Files.exists(from.resolve(name))) {
        copyFile(from.resolve(name), to);
      }
    }
    try (DirectoryStream<Path> licences = Files.newDirectoryStream(from, LICENCES)) {
      for (Path licence : licences) {
        if (Files.isRegularFile(licence)) {
          copyFile(licence, to);
        }
      }
    } catch (IOException e) {
      throw failure(from, e);
    }
  }

  private static void copyFile(Path file, Path folder) {
    try {
      Files.copy(
          file,
          folder.resolve(String.valueOf(file.getFileName())),
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  private static void describe(ModelFiles model, Path folder) {
    ModelConfig config = model.config();
    model.tokenizer().ifPresent(t -> TokenizerJson.write(t, folder.resolve(TOKENIZER)));
    if (model.tokenizer().isPresent()) {
      for (TokenizerConfig tokenizer : model.tokenizerConfig().stream().toList()) {
        tokenizer.write(folder.resolve(TOKENIZER_CONFIG));
      }
    }
    JsonObject.Builder json = JsonObject.builder();
    for (String name : List.of("bos_token_id", "eos_token_id")) {
      for (JsonValue id : config.toJson().find(name).stream().toList()) {
        json.put(name, id);
      }
    }
    Json.write(folder.resolve(GENERATION_CONFIG), json.build());
  }

  private static long bytes(List<Path> files) {
    long bytes = 0;
    for (Path file : files) {
      try {
        bytes += Files.size(file);
      } catch (IOException e) {
        throw failure(file, e);
      }
    }
    return bytes;
  }

  private static GenerateException failure(Path file, IOException cause) {
    return new GenerateException("%s: cannot be read or copied: %s".formatted(file, cause), cause);
  }
}
