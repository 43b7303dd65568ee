package dev.hadal.model;

import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The forms in which {@link WeightRewriter} stores the linears of a model's blocks. */
public enum WeightForm {
  /** BF16, as everything else. */
  BF16,
  /** E4M3 in blocks of 128x128, as DeepSeek-V3 is published. */
  FP8,
  /** 8-bit integers, a scale for each group. */
  INT8,
  /** 4-bit integers, a scale for each group. */
  INT4;

  /** The form of a name as {@link #label} writes it. */
  public static Optional<WeightForm> of(String label) {
    return List.of(values()).stream().filter(form -> form.label().equals(label)).findFirst();
  }

  /** The name in options and reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Bits of an integer; 0 where there are none. */
  int bits() {
    return switch (this) {
      case BF16, FP8 -> 0;
      case INT8 -> 8;
      case INT4 -> 4;
    };
  }

  /**
   * The {@code quantization_config} by which other engines recognise the form: of FP8 DeepSeek-V3's
   * own, of integers that of compressed-tensors.
   *
   * @param ignored names of linears that stay BF16
   */
  Optional<JsonObject> quantizationConfig(int group, List<String> ignored) {
    return switch (this) {
      case BF16 -> Optional.empty();
      case FP8 ->
          Optional.of(
              JsonObject.builder()
                  .put("activation_scheme", "dynamic")
                  .put("fmt", "e4m3")
                  .put("quant_method", "fp8")
                  .put("weight_block_size", JsonArray.ofLongs(128, 128))
                  .build());
      case INT8, INT4 -> Optional.of(compressedTensors(group, ignored));
    };
  }

  private JsonObject compressedTensors(int group, List<String> ignored) {
    JsonValue none = new JsonNull();
    JsonObject weights =
        JsonObject.builder()
            .put("num_bits", bits())
            .put("type", "int")
            .put("symmetric", true)
            .put("strategy", "group")
            .put("group_size", group)
            .put("dynamic", false)
            .build();
    JsonObject linears =
        JsonObject.builder()
            .put("targets", JsonArray.ofStrings(List.of("Linear")))
            .put("weights", weights)
            .put("input_activations", none)
            .put("output_activations", none)
            .build();
    return JsonObject.builder()
        .put("quant_method", "compressed-tensors")
        .put("format", this == INT4 ? "pack-quantized" : "int-quantized")
        .put("quantization_status", "compressed")
        .put("config_groups", JsonObject.builder().put("group_0", linears).build())
        .put("ignore", JsonArray.ofStrings(ignored))
        .put("kv_cache_scheme", none)
        .build();
  }
}
