package dev.hadal.model;

import dev.hadal.format.BlockScaling;
import dev.hadal.format.FormatException;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.IntegerTensor;
import dev.hadal.format.Quoting;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.TensorConversion;
import dev.hadal.format.WeightFiles;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether weights files hold what a configuration asks for: every name, shape and scale, and
 * nothing else. Looks at headers only, and finds everything that is wrong, not just the first.
 */
public final class WeightCheck {
  /** A table that old files hold and every program computes. */
  private static final String FREQUENCIES = ".self_attn.rotary_emb.inv_freq";

  private final ModelConfig config;
  private final WeightFiles files;
  private final List<String> problems = new ArrayList<>();
  private final Set<String> known = new HashSet<>();

  private WeightCheck(ModelConfig config, WeightFiles files) {
    this.config = config;
    this.files = files;
  }

  /**
   * What is found.
   *
   * @param problems in whole sentences without a full stop, each naming the file and the tensor
   * @param notes what is not used, in whole sentences
   */
  public record Found(List<String> problems, List<String> notes) {
    /** Copies the lists. */
    public Found {
      problems = List.copyOf(problems);
      notes = List.copyOf(notes);
    }
  }

  /** Looks at safetensors files. */
  public static Found of(ModelConfig config, WeightFiles files) {
    return new WeightCheck(config, files).run();
  }

  /** Looks at a GGUF file or set. */
  public static Found of(GgufConfig config, GgufFiles files) {
    return new Found(GgufNames.problems(config.config(), files), config.warnings());
  }

  private Found run() {
    String withoutMtp = mtpProblem();
    int main = config.numHiddenLayers();
    String drafting = ParameterNames.layer(main);
    Map<String, Shape> expected = new LinkedHashMap<>(ParameterNames.of(config));
    if (config.hasGateBias()) {
      for (int layer : config.moeLayers()) {
        expected.put(ParameterNames.gateBias(layer), Shape.of(config.nRoutedExperts()));
      }
    }
    expected.forEach(
        (name, shape) -> {
          if (withoutMtp == null || !name.startsWith(drafting)) {
            attempt(() -> weight(name, shape));
          }
        });
    Shape table = Shape.of(config.vocabSize(), config.hiddenSize());
    for (String copy : List.of(ParameterNames.embeddingCopy(main), ParameterNames.headCopy(main))) {
      if (config.numNextnPredictLayers() > 0 && files.contains(copy)) {
        attempt(() -> weight(copy, table));
      }
    }
    for (String name : files.names()) {
      boolean allowed = withoutMtp != null && name.startsWith(drafting);
      if (!allowed && !known.contains(name) && !name.endsWith(FREQUENCIES)) {
        problems.add(sentence(name, "the configuration asks for no such tensor"));
      }
    }
    indexed();
    return new Found(problems, withoutMtp == null ? List.of() : List.of(withoutMtp));
  }

  private @Nullable String mtpProblem() {
    return config.numNextnPredictLayers() == 0
        ? null
        : new CheckpointReader(files).mtpProblem(config);
  }

  private void attempt(Runnable check) {
    try {
      check.run();
    } catch (FormatException e) {
      problems.add(e.getMessage());
    }
  }

  private void weight(String name, Shape shape) {
    known.addAll(List.of(name, name + IntegerTensor.PACKED, name + IntegerTensor.SHAPE));
    boolean packed = files.contains(name + IntegerTensor.PACKED);
    if (packed || (files.contains(name) && files.entry(name).dtype() == DType.I8)) {
      known.add(name + IntegerTensor.SCALE);
    }
    IntegerTensor integers = IntegerTensor.find(files, name).orElse(null);
    if (integers != null) {
      requireShape(name, shape, integers.shape());
      return;
    }
    DType type = files.entry(name).dtype();
    if (!TensorConversion.isFloatingPoint(type)) {
      throw new FormatException(sentence(name, "expected a floating-point type, found " + type));
    }
    requireShape(name, shape, files.entry(name).shape());
    if (type == DType.F8_E4M3 || type == DType.F8_E5M2) {
      scales(name + BlockScaling.SUFFIX, shape);
    }
  }

  private void scales(String name, Shape codes) {
    known.add(name);
    if (codes.axes() != 2) {
      throw new FormatException(sentence(name, "expected FP8 codes in matrices only"));
    }
    Shape expected = BlockScaling.scaleShape(codes);
    DType type = files.entry(name).dtype();
    Shape found = files.entry(name).shape();
    if (type != DType.F32 || !found.equals(expected)) {
      throw new FormatException(
          sentence(name, "expected F32 %s, found %s %s".formatted(expected, type, found)));
    }
  }

  private void requireShape(String name, Shape expected, Shape found) {
    if (!found.equals(expected)) {
      throw new FormatException(
          sentence(name, "expected shape %s, found %s".formatted(expected, found)));
    }
  }

  /** What shards hold beside what the index says. */
  private void indexed() {
    for (SafetensorsFile shard : files.shards()) {
      for (String name : shard.names()) {
        if (!files.contains(name)) {
          problems.add(
              "%s: %s: the tensor is not in the index"
                  .formatted(shard.path(), Quoting.printable(name)));
        } else if (files.owner(name) != shard) {
          problems.add(
              "%s: %s: the index has this tensor in %s"
                  .formatted(
                      shard.path(),
                      Quoting.printable(name),
                      files.owner(name).path().getFileName()));
        }
      }
    }
  }

  private String sentence(String name, String problem) {
    return "%s: %s: %s".formatted(files.source(), Quoting.printable(name), problem);
  }
}
