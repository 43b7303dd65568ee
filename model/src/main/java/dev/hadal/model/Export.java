package dev.hadal.model;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import dev.hadal.format.SafetensorsWriter;
import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes {@link Parameters} as a Hugging Face folder. */
final class Export {
  private static final long SHARD_BYTES = 5_000_000_000L;
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  private final ModelConfig config;
  private final DType type;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  Export(Parameters parameters, Parameters.ExportType exportType) {
    this.config = parameters.config();
    this.type = exportType == Parameters.ExportType.BF16 ? DType.BF16 : DType.F32;
    for (Parameter parameter : parameters.trainable()) {
      tensors.put(parameter.name(), parameter.tensor());
    }
    if (config.hasGateBias()) {
      for (int layer : config.moeLayers()) {
        tensors.put(ParameterNames.gateBias(layer), parameters.gateBias(layer));
      }
    }
    for (int layer = config.numHiddenLayers(); layer < config.allLayers(); layer++) {
      tensors.put(
          ParameterNames.embeddingCopy(layer), parameters.get(ParameterNames.EMBEDDING).tensor());
      tensors.put(ParameterNames.headCopy(layer), parameters.get(ParameterNames.HEAD).tensor());
    }
  }

  void write(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new ModelException(folder + ": the folder cannot be made", e);
    }
    List<List<SafetensorsWriter.Spec>> shards = shards();
    if (shards.size() == 1) {
      writeShard(folder.resolve("model.safetensors"), shards.getFirst());
    } else {
      writeShards(folder, shards);
    }
    JsonObject json =
        JsonObject.builder()
            .putAll(config.toJson())
            .put("torch_dtype", type == DType.BF16 ? "bfloat16" : "float32")
            .build();
    Json.write(folder.resolve("config.json"), json);
    Json.write(folder.resolve("generation_config.json"), generationConfig());
  }

  private JsonObject generationConfig() {
    JsonObject.Builder json = JsonObject.builder().put("_from_model_config", true);
    if (config.bosTokenId() >= 0) {
      json.put("bos_token_id", config.bosTokenId());
    }
    if (!config.eosTokenIds().isEmpty()) {
      json.put(
          "eos_token_id",
          JsonArray.ofLongs(config.eosTokenIds().stream().mapToLong(Integer::longValue).toArray()));
    }
    return json.build();
  }

  private List<List<SafetensorsWriter.Spec>> shards() {
    List<List<SafetensorsWriter.Spec>> shards = new ArrayList<>();
    shards.add(new ArrayList<>());
    long bytes = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      DType stored = isBias(entry.getKey()) ? DType.F32 : type;
      long size = entry.getValue().elements() * stored.bytes();
      if (bytes > 0 && bytes + size > SHARD_BYTES) {
        shards.add(new ArrayList<>());
        bytes = 0;
      }
      bytes += size;
      shards
          .getLast()
          .add(new SafetensorsWriter.Spec(entry.getKey(), stored, entry.getValue().shape()));
    }
    return shards;
  }

  private void writeShards(Path folder, List<List<SafetensorsWriter.Spec>> shards) {
    JsonObject.Builder map = JsonObject.builder();
    long total = 0;
    for (int i = 0; i < shards.size(); i++) {
      String name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      writeShard(folder.resolve(name), shards.get(i));
      for (SafetensorsWriter.Spec spec : shards.get(i)) {
        map.put(spec.name(), name);
        total += spec.shape().elements() * spec.dtype().bytes();
      }
    }
    Json.write(
        folder.resolve("model.safetensors.index.json"),
        JsonObject.builder()
            .put("metadata", JsonObject.builder().put("total_size", total).build())
            .put("weight_map", map.build())
            .build());
  }

  private void writeShard(Path file, List<SafetensorsWriter.Spec> specs) {
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, specs, METADATA)) {
      for (SafetensorsWriter.Spec spec : specs) {
        Tensor source = java.util.Objects.requireNonNull(tensors.get(spec.name()));
        if (source.dtype() == spec.dtype()) {
          writer.add(spec.name(), source);
        } else {
          try (Arena arena = Arena.ofShared()) {
            writer.add(spec.name(), convert(source, spec.dtype(), arena));
          }
        }
      }
      writer.commit();
    }
  }

  private static boolean isBias(String name) {
    return name.endsWith("e_score_correction_bias");
  }

  private static Tensor convert(Tensor source, DType target, Arena arena) {
    Tensor out = Tensor.allocate(arena, target, source.shape().extents());
    boolean wide = source.dtype() == DType.F64;
    for (long i = 0; i < source.elements(); i++) {
      float value = wide ? (float) source.getDouble(i) : source.getFloat(i);
      if (target == DType.BF16) {
        out.data().set(Tensor.SHORT, 2 * i, BFloat16.encode(value));
      } else {
        out.setFloat(i, value);
      }
    }
    return out;
  }
}
