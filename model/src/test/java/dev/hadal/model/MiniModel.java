package dev.hadal.model;

import dev.hadal.format.Json;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.Tensor;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/** The golden model "mini" in this module's test resources. */
final class MiniModel {
  private MiniModel() {}

  static Path folder() {
    try {
      return Path.of(Objects.requireNonNull(MiniModel.class.getResource("/golden/mini")).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static ModelConfig config() {
    return ModelConfig.fromJson(Json.readObject(folder().resolve("config.json")), "config.json");
  }

  static SafetensorsFile golden() {
    return SafetensorsFile.open(folder().resolve("golden.safetensors"));
  }

  static InferenceModel load(String file, Kernels kernels, InferenceMode mode) {
    try (WeightFiles files = WeightFiles.open(folder().resolve(file))) {
      return InferenceModel.load(config(), files, kernels, mode);
    }
  }

  static int[] prompt(SafetensorsFile golden, int index) {
    Tensor ids = golden.tensor("input_ids." + index);
    int[] tokens = new int[Math.toIntExact(ids.elements())];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = Math.toIntExact(ids.getLong(i));
    }
    return tokens;
  }
}
