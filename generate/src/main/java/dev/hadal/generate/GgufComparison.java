package dev.hadal.generate;

import dev.hadal.format.GgufBlocks;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.GgufType;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.model.GgufConfig;
import dev.hadal.model.GoldenRows;
import dev.hadal.model.GoldenVerifier;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * GGUF blocks bit for bit, and the logits of whole files in exact mode.
 *
 * <p>{@code blocks.safetensors} has {@code TYPE.blocks} and {@code TYPE.values}, and {@code
 * TYPE.quantize.input} and {@code TYPE.quantize.blocks}; {@code logits.safetensors} has {@code
 * NAME.input_ids.I} and {@code NAME.logits.I} of {@code model-NAME.gguf}.
 */
final class GgufComparison {
  private static final String BLOCKS = "blocks.safetensors";
  private static final String LOGITS = "logits.safetensors";
  private static final String QUANTIZED = ".quantize";
  private static final String INPUTS = ".input_ids.";
  private static final long LOGITS_BUDGET = 4L << 30;

  private final Path folder;
  private final Consumer<String> progress;
  private final List<GoldenVerifier.Row> rows = new ArrayList<>();

  private GgufComparison(Path folder, Consumer<String> progress) {
    this.folder = folder;
    this.progress = progress;
  }

  /** Whether there is anything to compare with. */
  static boolean possible(Path folder) {
    return Files.exists(folder.resolve(BLOCKS)) || Files.exists(folder.resolve(LOGITS));
  }

  static List<GoldenVerifier.Row> run(Path folder, Kernels kernels, Consumer<String> progress) {
    GgufComparison comparison = new GgufComparison(folder, progress);
    if (Files.exists(folder.resolve(BLOCKS))) {
      comparison.blocks();
    }
    if (Files.exists(folder.resolve(LOGITS))) {
      try (Kernels wide = new ReferenceKernels(Arithmetic.FP64)) {
        comparison.logits(wide, "fp64");
      }
      comparison.logits(kernels, "fp32");
    }
    return List.copyOf(comparison.rows);
  }

  private void blocks() {
    GoldenRows found = new GoldenRows("gguf ", false);
    try (SafetensorsFile golden = SafetensorsFile.open(folder.resolve(BLOCKS))) {
      for (String name : golden.names()) {
        if (name.endsWith(QUANTIZED + ".blocks")) {
          encoded(golden, name, found);
        } else if (name.endsWith(".blocks")) {
          decoded(golden, name, found);
        }
      }
    }
    rows.addAll(found.list());
  }

  private static void decoded(SafetensorsFile golden, String name, GoldenRows found) {
    String typeName = name.substring(0, name.length() - ".blocks".length());
    float[] expected = golden.tensor(typeName + ".values").toFloats();
    GgufType type = type(typeName);
    MemorySegment blocks = golden.tensor(name).data();
    if (type == null || !type.decodes() || !fits(type, blocks, expected.length)) {
      found.count(typeName + ".values", expected.length);
      return;
    }
    float[] values = new float[expected.length];
    GgufBlocks.decode(type, blocks, 0, values.length, values, 0);
    long unequal = 0;
    for (int i = 0; i < values.length; i++) {
      // A NaN equals a NaN.
      unequal += Float.floatToIntBits(values[i]) == Float.floatToIntBits(expected[i]) ? 0 : 1;
    }
    found.count(typeName + ".values", unequal);
  }

  private static void encoded(SafetensorsFile golden, String name, GoldenRows found) {
    String prefix = name.substring(0, name.length() - ".blocks".length());
    GgufType type = type(prefix.substring(0, prefix.length() - QUANTIZED.length()));
    float[] input = golden.tensor(prefix + ".input").toFloats();
    MemorySegment expected = golden.tensor(name).data();
    if (type == null || !GgufBlocks.encodes(type) || !fits(type, expected, input.length)) {
      found.count(name, expected.byteSize());
      return;
    }
    MemorySegment blocks = MemorySegment.ofArray(new byte[(int) expected.byteSize()]);
    GgufBlocks.encode(type, input, 0, input.length, blocks, 0);
    long unequal = 0;
    for (long i = 0; i < blocks.byteSize(); i++) {
      unequal += blocks.get(Tensor.BYTE, i) == expected.get(Tensor.BYTE, i) ? 0 : 1;
    }
    found.count(name, unequal);
  }

  private static @Nullable GgufType type(String name) {
    for (GgufType type : GgufType.values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    return null;
  }

  private static boolean fits(GgufType type, MemorySegment blocks, int elements) {
    return type.isSized()
        && elements % type.blockElements() == 0
        && type.bytes(elements) == blocks.byteSize();
  }

  private void logits(Kernels kernels, String arithmetic) {
    boolean wide = kernels.computeType() == DType.F64;
    try (SafetensorsFile golden = SafetensorsFile.open(folder.resolve(LOGITS))) {
      for (Map.Entry<String, Map<String, int[]>> model : prompts(golden).entrySet()) {
        Path path = folder.resolve("model-" + model.getKey() + ".gguf");
        progress.accept("%s: %s".formatted(path, arithmetic));
        GoldenRows found = new GoldenRows("gguf %s ".formatted(arithmetic), wide);
        try (GgufFiles files = GgufFiles.open(path);
            InferenceModel loaded =
                InferenceModel.load(GgufConfig.read(files), files, kernels, InferenceMode.EXACT)) {
          for (Map.Entry<String, int[]> prompt : model.getValue().entrySet()) {
            double[] values = logits(loaded, prompt.getValue());
            found.values(
                prompt.getKey(), values, golden.tensor(prompt.getKey()), GoldenRows.FORWARD);
          }
        }
        rows.addAll(found.list());
      }
    }
  }

  /** For each model, in the order of their names, the names of its logits and their prompts. */
  private static Map<String, Map<String, int[]>> prompts(SafetensorsFile golden) {
    Map<String, Map<String, int[]>> models = new TreeMap<>();
    for (String name : golden.names()) {
      int at = name.indexOf(INPUTS);
      if (at > 0) {
        String model = name.substring(0, at);
        String logits = model + ".logits." + name.substring(at + INPUTS.length());
        models
            .computeIfAbsent(model, _ -> new LinkedHashMap<>())
            .put(logits, GoldenRows.integers(golden.tensor(name)));
      }
    }
    return models;
  }

  private static double[] logits(InferenceModel model, int[] prompt) {
    try (Arena arena = Arena.ofShared()) {
      Map<String, Tensor> computed =
          ScoreRunner.compute(model, List.of(prompt), Set.of(), LOGITS_BUDGET, arena).tensors();
      Tensor logits = Objects.requireNonNull(computed.get("logits.0"));
      double[] values = new double[Math.toIntExact(logits.elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = logits.dtype() == DType.F64 ? logits.getDouble(i) : logits.getFloat(i);
      }
      return values;
    }
  }
}
