package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.SafetensorsWriter;
import dev.hadal.format.WeightFiles;
import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParametersTest {
  private final ModelConfig config = Configs.parse(Configs.SMALL);

  @TempDir Path folder;

  @Test
  void holdsWhatTheCountsSay() {
    for (String json : new String[] {Configs.SMALL, Configs.SMALL_V2}) {
      ModelConfig any = Configs.parse(json);
      try (Parameters parameters = Parameters.allocate(any, DType.F32)) {
        ParameterCounts counts = any.parameterCounts();
        long biases = any.hasGateBias() ? 2L * any.nRoutedExperts() : 0;
        assertThat(parameters.elements() + biases).isEqualTo(counts.total() + counts.mtp());
        assertThat(parameters.gateBiases()).hasSize(2);
      }
    }
  }

  @Test
  void isInModelOrder() {
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      assertThat(parameters.trainable().getFirst().name()).isEqualTo(ParameterNames.EMBEDDING);
      assertThat(parameters.trainable().getLast().name()).isEqualTo(ParameterNames.HEAD);
      for (int i = 0; i < parameters.trainable().size(); i++) {
        assertThat(parameters.trainable().get(i).index()).isEqualTo(i);
      }
      assertThat(parameters.get("model.layers.1.self_attn.kv_a_layernorm.weight").decays())
          .isFalse();
      assertThat(parameters.get("model.layers.1.mlp.gate.weight").decays()).isTrue();
    }
  }

  @Test
  void initialisesNormally() {
    try (Parameters a = Parameters.allocate(config, DType.F32);
        Parameters b = Parameters.allocate(config, DType.F32)) {
      a.initialize(5, 0.006);
      b.initialize(5, 0.006);
      double squares = 0;
      long count = 0;
      for (Parameter parameter : a.trainable()) {
        assertThat(parameter.tensor().data().mismatch(b.get(parameter.name()).tensor().data()))
            .isEqualTo(-1);
        for (float value : parameter.tensor().toFloats()) {
          if (parameter.decays()) {
            squares += value * value;
            count++;
          } else {
            assertThat(value).isEqualTo(1);
          }
        }
      }
      assertThat(Math.sqrt(squares / count)).isCloseTo(0.006, within(0.0003));
      b.initialize(6, 0.006);
      assertThat(
              a.get(ParameterNames.HEAD)
                  .tensor()
                  .data()
                  .mismatch(b.get(ParameterNames.HEAD).tensor().data()))
          .isNotEqualTo(-1);
    }
  }

  @Test
  void loadsWhatItExports() {
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(7, 0.02);
      parameters.gateBias(1).setFloat(2, 0.1f);
      parameters.export(folder, Parameters.ExportType.BF16);
      ModelConfig read =
          ModelConfig.fromJson(Json.readObject(folder.resolve("config.json")), "config.json");
      assertThat(read).isEqualTo(config);
      assertThat(folder.resolve("generation_config.json")).exists();
      try (WeightFiles files = WeightFiles.open(folder);
          Parameters loaded = Parameters.load(read, files, DType.F32)) {
        assertThat(loaded.warnings()).isEmpty();
        assertThat(files.names()).contains("model.layers.2.shared_head.head.weight");
        assertThat(loaded.gateBias(1).getFloat(2)).isEqualTo(0.1f);
        for (Parameter parameter : parameters.trainable()) {
          float[] rounded = parameter.tensor().toFloats();
          for (int i = 0; i < rounded.length; i++) {
            rounded[i] = BFloat16.round(rounded[i]);
          }
          assertThat(loaded.get(parameter.name()).tensor().toFloats()).isEqualTo(rounded);
        }
      }
    }
  }

  private Map<String, Tensor> exported() {
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(8, 0.02);
      parameters.export(folder, Parameters.ExportType.F32);
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (WeightFiles files = WeightFiles.open(folder)) {
      for (String name : files.names()) {
        Tensor source = files.tensor(name);
        Tensor copy = Tensor.allocate(Arena.ofAuto(), source.dtype(), source.shape().extents());
        copy.copyFrom(source);
        tensors.put(name, copy);
      }
    }
    return tensors;
  }

  private Parameters loadChanged(Map<String, Tensor> tensors) {
    SafetensorsWriter.write(folder.resolve("changed.safetensors"), tensors);
    try (WeightFiles files = WeightFiles.open(folder.resolve("changed.safetensors"))) {
      return Parameters.load(config, files, DType.F32);
    }
  }

  @Test
  void switchesMtpOffWhereItsCopiesDiffer() {
    Map<String, Tensor> tensors = exported();
    String copy = ParameterNames.headCopy(2);
    java.util.Objects.requireNonNull(tensors.get(copy)).setFloat(3, 1);
    try (Parameters parameters = loadChanged(tensors)) {
      assertThat(parameters.config().numNextnPredictLayers()).isZero();
      assertThat(parameters.warnings()).singleElement().asString().contains(copy);
    }
  }

  @Test
  void switchesMtpOffWhereItIsMissing() {
    Map<String, Tensor> tensors = exported();
    tensors.keySet().removeIf(name -> name.startsWith("model.layers.2."));
    try (Parameters parameters = loadChanged(tensors)) {
      assertThat(parameters.config().numNextnPredictLayers()).isZero();
      assertThat(parameters.warnings()).singleElement().asString().contains("eh_proj");
    }
  }

  @Test
  void refusesOtherShapesAndMissingTensors() {
    Map<String, Tensor> tensors = exported();
    String name = "model.layers.0.self_attn.q_b_proj.weight";
    Tensor weight = java.util.Objects.requireNonNull(tensors.get(name));
    tensors.put(name, weight.reshape(7, 18));
    assertThatThrownBy(() -> loadChanged(tensors))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("expected shape [18, 7], found [7, 18]");
    tensors.remove(name);
    assertThatThrownBy(() -> loadChanged(tensors))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(name);
  }

  @Test
  void mastersExportedAsTheyAreComeBackBitByBit() {
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(9, 0.02);
      parameters.gateBias(2).setFloat(0, 0.3f);
      parameters.export(folder, Parameters.ExportType.F32);
      try (WeightFiles files = WeightFiles.open(folder);
          Parameters loaded = Parameters.load(config, files, DType.F32)) {
        for (Parameter parameter : parameters.trainable()) {
          assertThat(
                  loaded.get(parameter.name()).tensor().data().mismatch(parameter.tensor().data()))
              .as(parameter.name())
              .isEqualTo(-1);
        }
        assertThat(loaded.gateBias(2).getFloat(0)).isEqualTo(0.3f);
      }
    }
  }

  /** The exported tensors with one of them in FP8 blocks. */
  private Map<String, Tensor> withBlocks(String name, int scaleRows) {
    Map<String, Tensor> tensors = exported();
    Tensor weight = java.util.Objects.requireNonNull(tensors.get(name));
    Tensor codes = Tensor.allocate(Arena.ofAuto(), DType.F8_E4M3, weight.shape().extents());
    for (long i = 0; i < codes.elements(); i++) {
      // Every finite code.
      codes.data().set(Tensor.BYTE, i, (byte) (i * 2 % 254));
    }
    Tensor scales = Tensor.allocate(Arena.ofAuto(), DType.F32, scaleRows, 1);
    scales.setFloat(0, 0.1f);
    tensors.put(name, codes);
    tensors.put(name + ParameterNames.SCALE_SUFFIX, scales);
    return tensors;
  }

  @Test
  void blocksAreCodeTimesScale() {
    String name = "model.layers.0.self_attn.q_b_proj.weight";
    Map<String, Tensor> tensors = withBlocks(name, 1);
    Tensor codes = java.util.Objects.requireNonNull(tensors.get(name));
    SafetensorsWriter.write(folder.resolve("blocks.safetensors"), tensors);
    try (WeightFiles files = WeightFiles.open(folder.resolve("blocks.safetensors"));
        Parameters narrow = Parameters.load(config, files, DType.F32);
        Parameters wide = Parameters.load(config, files, DType.F64)) {
      for (long i = 0; i < codes.elements(); i++) {
        double exact =
            (double) dev.hadal.numerics.E4M3.decode(codes.data().get(Tensor.BYTE, i)) * 0.1f;
        assertThat(wide.get(name).tensor().getDouble(i)).isEqualTo(exact);
        assertThat(narrow.get(name).tensor().getFloat(i)).isEqualTo((float) exact);
      }
    }
  }

  @Test
  void blocksThatDoNotFitAreRefused() {
    String name = "model.layers.0.self_attn.q_b_proj.weight";
    assertThatThrownBy(() -> loadChanged(withBlocks(name, 2)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(name + "_scale_inv: expected F32 [1, 1], found F32 [2, 1]");
    Map<String, Tensor> tensors = withBlocks(name, 1);
    tensors.remove(name + ParameterNames.SCALE_SUFFIX);
    assertThatThrownBy(() -> loadChanged(tensors))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(name + "_scale_inv");
    Tensor integers = Tensor.allocate(Arena.ofAuto(), DType.I32, 18, 7);
    tensors.put(name, integers);
    assertThatThrownBy(() -> loadChanged(tensors))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(name + ": expected BF16, F16, F32, F64 or F8_E4M3, found I32");
  }

  @Test
  void aModelWithoutMtpIsExportedWithoutCopies() {
    ModelConfig plain = config.withNextnPredictLayers(0);
    try (Parameters parameters = Parameters.allocate(plain, DType.F32)) {
      parameters.initialize(4, 0.02);
      parameters.export(folder, Parameters.ExportType.BF16);
    }
    try (WeightFiles files = WeightFiles.open(folder);
        Parameters loaded = Parameters.load(plain, files, DType.F32)) {
      assertThat(files.names()).noneMatch(name -> name.startsWith("model.layers.2."));
      assertThat(loaded.warnings()).isEmpty();
    }
  }
}
