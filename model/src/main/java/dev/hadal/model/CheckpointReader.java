package dev.hadal.model;

import dev.hadal.format.WeightFiles;
import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
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

  void read(String name, Tensor target) {
    Tensor source = files.tensor(name);
    if (!source.shape().equals(target.shape())) {
      throw new ModelException(
          "%s: %s: expected shape %s, found %s"
              .formatted(files.source(), name, target.shape(), source.shape()));
    }
    boolean wide = target.dtype() == DType.F64;
    for (long i = 0; i < source.elements(); i++) {
      double value =
          switch (source.dtype()) {
            case BF16 -> BFloat16.decode(source.data().get(Tensor.SHORT, 2 * i));
            case F32 -> source.getFloat(i);
            case F64 -> source.getDouble(i);
            default ->
                throw new ModelException(
                    "%s: %s: expected a floating-point type, found %s"
                        .formatted(files.source(), name, source.dtype()));
          };
      if (wide) {
        target.setDouble(i, value);
      } else {
        target.setFloat(i, (float) value);
      }
    }
  }
}
