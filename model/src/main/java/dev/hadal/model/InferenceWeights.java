package dev.hadal.model;

import dev.hadal.format.IntegerTensor;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.GroupedWeights;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the weights of an inference model come from: masters in memory, or files from which one
 * tensor after another is read, so that no second copy of a large model is ever in memory.
 */
sealed interface InferenceWeights
    permits InferenceWeights.Made,
        InferenceWeights.OfParameters,
        InferenceWeights.OfFiles,
        InferenceWeights.Rounded,
        GgufWeights {
  /** The model, without its MTP layer where that cannot be used. */
  ModelConfig config();

  /** Where they come from, as a path or in words. */
  String origin();

  /** What tells them from others and from an earlier state of themselves. */
  default String identity() {
    return origin();
  }

  /** What was switched off, in whole sentences. */
  List<String> warnings();

  /** A tensor's values in F32 or F64; valid while the arena is open. */
  Tensor values(String name, DType type, Arena arena);

  /** A tensor's BF16 values where they lie, or null if it is not stored so. */
  @Nullable Tensor bfloats(String name);

  /** The FP8 blocks of a linear as they are stored, or null if it is not stored so. */
  Matrix.@Nullable Tiled blocks(String name);

  /**
   * The small integers of a linear as they are stored, or null if it is not stored so.
   *
   * @param staging where they are put
   */
  default @Nullable GroupedWeights grouped(String name, Workspace staging) {
    return null;
  }

  /** The layout of a linear that {@link #grouped} gives something for, else null. */
  default GroupedWeights.@Nullable Layout layout(String name) {
    return null;
  }

  /** Made when they are asked for. */
  record Made(ModelConfig config, InferenceModel.WeightSource source, Map<String, Shape> shapes)
      implements InferenceWeights {
    Made(ModelConfig config, InferenceModel.WeightSource source) {
      this(config, source, ParameterNames.of(config));
    }

    @Override
    public String origin() {
      return "made";
    }

    @Override
    public List<String> warnings() {
      return List.of();
    }

    @Override
    public Tensor values(String name, DType type, Arena arena) {
      Shape shape = shapes.getOrDefault(name, Shape.of(config.nRoutedExperts()));
      Tensor values = Tensor.allocate(arena, type, shape.extents());
      source.fill(name, values);
      return values;
    }

    @Override
    public @Nullable Tensor bfloats(String name) {
      return null;
    }

    @Override
    public Matrix.@Nullable Tiled blocks(String name) {
      return null;
    }
  }

  /** Masters in memory. */
  record OfParameters(Parameters parameters) implements InferenceWeights {
    @Override
    public ModelConfig config() {
      return parameters.config();
    }

    @Override
    public String origin() {
      return "masters";
    }

    @Override
    public List<String> warnings() {
      return parameters.warnings();
    }

    @Override
    public Tensor values(String name, DType type, Arena arena) {
      for (int layer : config().moeLayers()) {
        if (name.equals(ParameterNames.gateBias(layer))) {
          return parameters.gateBias(layer);
        }
      }
      return parameters.get(name).tensor();
    }

    @Override
    public @Nullable Tensor bfloats(String name) {
      return null;
    }

    @Override
    public Matrix.@Nullable Tiled blocks(String name) {
      return null;
    }
  }

  /**
   * Others, some of whose linears are replaced by small integers.
   *
   * @param integers by name
   */
  record Rounded(InferenceWeights source, Map<String, IntegerTensor> integers)
      implements InferenceWeights {
    @Override
    public ModelConfig config() {
      return source.config();
    }

    @Override
    public String origin() {
      return source.origin();
    }

    @Override
    public List<String> warnings() {
      return source.warnings();
    }

    @Override
    public Tensor values(String name, DType type, Arena arena) {
      IntegerTensor found = integers.get(name);
      return found == null ? source.values(name, type, arena) : found.dequantize(type, arena);
    }

    @Override
    public @Nullable Tensor bfloats(String name) {
      return integers.containsKey(name) ? null : source.bfloats(name);
    }

    @Override
    public Matrix.@Nullable Tiled blocks(String name) {
      return integers.containsKey(name) ? null : source.blocks(name);
    }
  }

  /** Files. */
  record OfFiles(
      ModelConfig config, List<String> warnings, WeightFiles files, Map<String, Shape> shapes)
      implements InferenceWeights {

    /** Checks the MTP layer's copies. */
    static OfFiles of(ModelConfig config, WeightFiles files) {
      String problem =
          config.numNextnPredictLayers() == 0
              ? null
              : new CheckpointReader(files).mtpProblem(config);
      ModelConfig effective = problem == null ? config : config.withNextnPredictLayers(0);
      List<String> warnings = problem == null ? List.of() : List.of(problem);
      return new OfFiles(effective, warnings, files, ParameterNames.of(effective));
    }

    @Override
    public String origin() {
      return files.source().toString();
    }

    @Override
    public String identity() {
      return FileStates.of(files.shards().stream().map(SafetensorsFile::path).toList());
    }

    @Override
    public Tensor values(String name, DType type, Arena arena) {
      requireShape(name);
      return files.load(name, type, arena);
    }

    @Override
    public @Nullable Tensor bfloats(String name) {
      requireShape(name);
      boolean present = files.contains(name) && files.tensor(name).dtype() == DType.BF16;
      return present ? files.tensor(name) : null;
    }

    @Override
    public @Nullable GroupedWeights grouped(String name, Workspace staging) {
      IntegerTensor integers = IntegerTensor.find(files, name).orElse(null);
      if (integers == null || integers.group() % GroupedWeights.STEP != 0) {
        return null;
      }
      requireShape(name);
      return StoredIntegers.grouped(integers, staging);
    }

    @Override
    public GroupedWeights.@Nullable Layout layout(String name) {
      return IntegerTensor.find(files, name)
          .filter(integers -> integers.group() % GroupedWeights.STEP == 0)
          .map(
              integers ->
                  new GroupedWeights.Layout(
                      integers.bits() == 4, GroupedWeights.STEP, integers.scales().dtype(), false))
          .orElse(null);
    }

    private void requireShape(String name) {
      requireShape(name, shapes.getOrDefault(name, Shape.of(config.nRoutedExperts())));
    }

    private void requireShape(String name, Shape expected) {
      Shape found = files.shape(name);
      if (!found.equals(expected)) {
        throw new ModelException(
            "%s: %s: expected shape %s, found %s".formatted(files.source(), name, expected, found));
      }
    }

    @Override
    public Matrix.@Nullable Tiled blocks(String name) {
      String scales = name + ParameterNames.SCALE_SUFFIX;
      if (!files.contains(name)
          || files.tensor(name).dtype() != DType.F8_E4M3
          || !files.contains(scales)) {
        return null;
      }
      Tensor codes = files.tensor(name);
      requireShape(name, shapes.getOrDefault(name, codes.shape()));
      Tensor scale = files.tensor(scales);
      long rows = Matrix.Tiled.groups(codes.rows());
      long columns = Matrix.Tiled.groups(codes.columns());
      if (scale.dtype() != DType.F32 || !scale.shape().equals(Shape.of(rows, columns))) {
        throw new ModelException(
            "%s: %s: expected F32 [%d, %d], found %s %s"
                .formatted(files.source(), scales, rows, columns, scale.dtype(), scale.shape()));
      }
      return new Matrix.Tiled(codes, scale, Matrix.Tiling.BLOCKS);
    }
  }
}
