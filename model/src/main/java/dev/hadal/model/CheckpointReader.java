package dev.hadal.model;

import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Matrix;
import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.function.LongToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Reads tensors of a checkpoint into F32 or F64 masters. */
final class CheckpointReader {
  private final WeightFiles files;

  CheckpointReader(WeightFiles files) {
    this.files = files;
  }

  /** Why the checkpoint's MTP layer cannot be used, or null if it can. */
  @Nullable String mtpProblem(ModelConfig config) {
    int layer = config.numHiddenLayers();
    String projection = ParameterNames.layer(layer) + "eh_proj.weight";
    if (!files.contains(projection)) {
      return files.source() + ": there is no " + projection + "; MTP is switched off.";
    }
    String copy = differing(ParameterNames.embeddingCopy(layer), ParameterNames.EMBEDDING);
    if (copy == null) {
      copy = differing(ParameterNames.headCopy(layer), ParameterNames.HEAD);
    }
    return copy == null
        ? null
        : files.source() + ": " + copy + " differs from the tensor it copies; MTP is switched off.";
  }

  private @Nullable String differing(String copy, String original) {
    if (!files.contains(copy) || !files.contains(original)) {
      return null;
    }
    Tensor a = files.tensor(copy);
    Tensor b = files.tensor(original);
    boolean same = a.dtype() == b.dtype() && a.data().mismatch(b.data()) == -1;
    return same ? null : copy;
  }

  /** Fills the target; FP8 values are code times scale, exact in F64. */
  void read(String name, Tensor target) {
    Tensor source = files.tensor(name);
    if (!source.shape().equals(target.shape())) {
      throw new ModelException(
          "%s: %s: expected shape %s, found %s"
              .formatted(files.source(), name, target.shape(), source.shape()));
    }
    LongToDoubleFunction values = values(name, source);
    long elements = source.elements();
    if (target.dtype() == DType.F64) {
      for (long i = 0; i < elements; i++) {
        target.setDouble(i, values.applyAsDouble(i));
      }
    } else {
      for (long i = 0; i < elements; i++) {
        target.setFloat(i, (float) values.applyAsDouble(i));
      }
    }
  }

  private LongToDoubleFunction values(String name, Tensor source) {
    MemorySegment data = source.data();
    return switch (source.dtype()) {
      case BF16 -> i -> BFloat16.decode(data.get(Tensor.SHORT, 2 * i));
      case F16 -> i -> Float.float16ToFloat(data.get(Tensor.SHORT, 2 * i));
      case F32 -> source::getFloat;
      case F64 -> source::getDouble;
      case F8_E4M3 -> blocks(name, source);
      default ->
          throw new ModelException(
              "%s: %s: expected BF16, F16, F32, F64 or F8_E4M3, found %s"
                  .formatted(files.source(), name, source.dtype()));
    };
  }

  /** Values of 128x128 blocks, each with one scale to multiply by. */
  private LongToDoubleFunction blocks(String name, Tensor codes) {
    Tensor scales = files.tensor(name + ParameterNames.SCALE_SUFFIX);
    int columns = codes.columns();
    long rowBlocks = Matrix.Tiled.groups(codes.rows());
    long columnBlocks = Matrix.Tiled.groups(columns);
    Shape expected = Shape.of(rowBlocks, columnBlocks);
    if (scales.dtype() != DType.F32 || !scales.shape().equals(expected)) {
      throw new ModelException(
          "%s: %s: expected F32 %s, found %s %s"
              .formatted(
                  files.source(),
                  name + ParameterNames.SCALE_SUFFIX,
                  expected,
                  scales.dtype(),
                  scales.shape()));
    }
    return i -> {
      long block =
          i / columns / Matrix.Tiled.GROUP * columnBlocks + i % columns / Matrix.Tiled.GROUP;
      double scale = scales.getFloat(block);
      return E4M3.decode(codes.data().get(Tensor.BYTE, i)) * scale;
    };
  }
}
