package dev.hadal.model;

import dev.hadal.format.WeightFiles;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The master weights of a model, in model order: embedding, layers ascending, the MTP layer, final
 * norm, head. The MTP layer shares embedding and head with the main model: there are no copies in
 * memory. The gate's choice biases stand beside them, as no gradient trains them.
 */
public final class Parameters implements AutoCloseable {
  /** The element type of exported weights. */
  public enum ExportType {
    /** As the published checkpoints; masters are rounded to nearest even. */
    BF16,
    /** Masters as they are. */
    F32
  }

  private final ModelConfig config;
  private final DType type;
  private final Arena arena = Arena.ofShared();
  private final Map<String, Parameter> byName = new LinkedHashMap<>();
  private final Map<Integer, Tensor> biasOfLayer = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();

  private Parameters(ModelConfig config, DType type) {
    if (!type.isCompute()) {
      throw new IllegalArgumentException("parameters: expected F32 or F64, got " + type);
    }
    this.config = config;
    this.type = type;
    for (Map.Entry<String, Shape> entry : ParameterNames.of(config).entrySet()) {
      Tensor tensor = Tensor.allocate(arena, type, entry.getValue().extents());
      byName.put(entry.getKey(), new Parameter(byName.size(), entry.getKey(), tensor));
    }
    for (int layer : config.moeLayers()) {
      biasOfLayer.put(layer, Tensor.allocate(arena, type, config.nRoutedExperts()));
    }
  }

  /** Zeros, in F32 or, for the FP64 reference, F64. */
  public static Parameters allocate(ModelConfig config, DType type) {
    return new Parameters(config, type);
  }

  /**
   * Weights of a checkpoint in any floating-point type; FP8 blocks are recognised by type and
   * scales. If the MTP layer is missing, or its copies of embedding and head differ from the
   * originals, the result has no MTP layer and a warning; see {@link #config()} and {@link
   * #warnings()}.
   *
   * @throws ModelException if a tensor has another shape or an unknown type
   * @throws dev.hadal.format.FormatException if a tensor is missing
   */
  public static Parameters load(ModelConfig config, WeightFiles files, DType type) {
    CheckpointReader reader = new CheckpointReader(files);
    String problem = config.numNextnPredictLayers() == 0 ? null : reader.mtpProblem(config);
    ModelConfig effective = problem == null ? config : config.withNextnPredictLayers(0);
    Parameters parameters = new Parameters(effective, type);
    if (problem != null) {
      parameters.warnings.add(problem);
    }
    try {
      parameters.read(reader);
    } catch (RuntimeException | Error e) {
      parameters.close();
      throw e;
    }
    return parameters;
  }

  private void read(CheckpointReader reader) {
    Map<String, Tensor> targets = new HashMap<>();
    byName.values().forEach(parameter -> targets.put(parameter.name(), parameter.tensor()));
    if (config.hasGateBias()) {
      biasOfLayer.forEach((layer, bias) -> targets.put(ParameterNames.gateBias(layer), bias));
    }
    targets.entrySet().parallelStream()
        .forEach(target -> reader.read(target.getKey(), target.getValue()));
  }

  /**
   * Fills with a new model: tensors with two axes normal, each from its own random stream, norms 1,
   * gate biases 0.
   *
   * @param seed the same seed gives the same bits
   * @param std standard deviation (DeepSeek-V3 report §4.2: 0.006)
   */
  public void initialize(long seed, double std) {
    byName.values().parallelStream()
        .forEach(parameter -> Initialization.fill(parameter, seed, std));
    biasOfLayer.values().forEach(bias -> bias.data().fill((byte) 0));
  }

  /** The model these are the weights of. */
  public ModelConfig config() {
    return config;
  }

  /** F32 or F64. */
  public DType computeType() {
    return type;
  }

  /** What was ignored or switched off while loading, in whole sentences. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** All trained tensors in model order. */
  public List<Parameter> trainable() {
    return List.copyOf(byName.values());
  }

  /** The parameter of a Hugging Face name. */
  public Parameter get(String name) {
    Parameter parameter = byName.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException("there is no parameter " + name);
    }
    return parameter;
  }

  /** The choice biases of the layers that route, in order, the MTP layer last; each [E]. */
  public List<Tensor> gateBiases() {
    return List.copyOf(biasOfLayer.values());
  }

  /** The choice bias of a layer that routes; zeros where the gate has none. */
  public Tensor gateBias(int layer) {
    @Nullable Tensor bias = biasOfLayer.get(layer);
    if (bias == null) {
      throw new IllegalArgumentException("layer " + layer + " has no gate");
    }
    return bias;
  }

  /** The number of trained elements. */
  public long elements() {
    return byName.values().stream().mapToLong(parameter -> parameter.tensor().elements()).sum();
  }

  /**
   * Writes a folder that other software of the family loads: {@code config.json}, {@code
   * generation_config.json}, and the weights in {@code model.safetensors}, or in shards with an
   * index beyond 5 GB. Gate biases are F32; the MTP layer's copies of embedding and head are
   * written as published.
   */
  public void export(Path folder, ExportType exportType) {
    new Export(this, exportType).write(folder);
  }

  @Override
  public void close() {
    arena.close();
  }
}
