package dev.hadal.generate;

import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.GoldenRows;
import dev.hadal.model.GoldenVerifier;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.ModelConfig;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The inference model in exact mode against golden numbers: absorbed attention over the latent
 * cache, its MTP drafts, stored FP8 weights, and greedy continuations with and without drafts.
 */
final class InferenceComparison {
  private static final long SCORES_BUDGET = 4L << 30;

  /** A smaller gap between the two best logits may fall either way in FP32. */
  private static final double CLEAR_MARGIN = 1e-3;

  private final Path folder;
  private final Kernels kernels;
  private final ModelConfig config;
  private final SafetensorsFile golden;
  private final GoldenRows rows;
  private final List<int[]> prompts = new ArrayList<>();

  private InferenceComparison(Path folder, Kernels kernels, SafetensorsFile golden, String prefix) {
    this.folder = folder;
    this.kernels = kernels;
    this.golden = golden;
    this.config = ModelConfig.read(folder.resolve("config.json"));
    this.rows = new GoldenRows(prefix, kernels.computeType() == DType.F64);
    for (int i = 0; golden.contains("input_ids." + i); i++) {
      prompts.add(GoldenRows.integers(golden.tensor("input_ids." + i)));
    }
  }

  static List<GoldenVerifier.Row> run(Path folder, Kernels kernels, String prefix) {
    Path file = folder.resolve("golden.safetensors");
    if (!Files.exists(file)) {
      return List.of();
    }
    try (SafetensorsFile golden = SafetensorsFile.open(file)) {
      InferenceComparison comparison = new InferenceComparison(folder, kernels, golden, prefix);
      try (InferenceModel model = comparison.load("model.safetensors")) {
        comparison.scores(model);
        comparison.continuations(model);
      }
      if (Files.exists(folder.resolve("model-fp8.safetensors"))) {
        try (InferenceModel model = comparison.load("model-fp8.safetensors")) {
          comparison.storedBlocks(model);
        }
      }
      return comparison.rows.list();
    }
  }

  private InferenceModel load(String file) {
    try (WeightFiles files = WeightFiles.open(folder.resolve(file))) {
      return InferenceModel.load(config, files, kernels, InferenceMode.EXACT);
    }
  }

  private void scores(InferenceModel model) {
    try (Arena arena = Arena.ofShared()) {
      Map<String, Tensor> found =
          compute(model, prompts, EnumSet.allOf(ScoreRunner.Part.class), arena);
      for (Map.Entry<String, Tensor> entry : found.entrySet()) {
        if (golden.contains(entry.getKey()) && !entry.getKey().startsWith("input_ids")) {
          compare(entry.getKey(), entry.getValue(), golden.tensor(entry.getKey()));
        }
      }
    }
  }

  private static Map<String, Tensor> compute(
      InferenceModel model, List<int[]> prompts, Set<ScoreRunner.Part> parts, Arena arena) {
    return ScoreRunner.compute(model, prompts, parts, SCORES_BUDGET, arena).tensors();
  }

  private void storedBlocks(InferenceModel model) {
    try (Arena arena = Arena.ofShared()) {
      for (int i = 0; i < prompts.size(); i++) {
        String name = "fp8.logits." + i;
        if (golden.contains(name)) {
          List<int[]> prompt = List.of(prompts.get(i));
          Map<String, Tensor> found = compute(model, prompt, Set.of(), arena);
          Tensor logits = java.util.Objects.requireNonNull(found.get("logits.0"));
          compare(name, logits, golden.tensor(name));
        }
      }
    }
  }

  /** The file may hold the last rows only. */
  private void compare(String name, Tensor found, Tensor expected) {
    Tensor last = found.slice(Math.max(0, found.rows() - expected.rows()), found.rows());
    if (last.dtype() == DType.I64) {
      long[] values = new long[Math.toIntExact(last.elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = last.getLong(i);
      }
      rows.equal(name, values, expected);
      return;
    }
    double[] values = new double[Math.toIntExact(last.elements())];
    boolean wide = last.dtype() == DType.F64;
    for (int i = 0; i < values.length; i++) {
      values[i] = wide ? last.getDouble(i) : last.getFloat(i);
    }
    rows.values(name, values, expected, GoldenRows.FORWARD);
  }

  private void continuations(InferenceModel model) {
    Generator generator = new Generator(model, null, Set.of());
    for (int i = 0; i < prompts.size(); i++) {
      String name = "greedy." + i;
      if (golden.contains(name)) {
        int[] expected = GoldenRows.integers(golden.tensor(name));
        double[] margins =
            golden.contains("greedy_margin." + i)
                ? golden.tensor("greedy_margin." + i).toDoubles()
                : new double[0];
        for (boolean drafts : model.drafts() ? new boolean[] {false, true} : new boolean[1]) {
          SamplingOptions options = SamplingOptions.greedy(expected.length).withSpeculation(drafts);
          int[] found = generator.generate(prompts.get(i), options).ids();
          rows.count(name + (drafts ? " with drafts" : ""), unequal(found, expected, margins));
        }
      }
    }
  }

  /** Tokens until the first that differs where the choice was not clear; all after it depend. */
  private static long unequal(int[] found, int[] expected, double[] margins) {
    for (int step = 0; step < expected.length; step++) {
      boolean same = step < found.length && found[step] == expected[step];
      if (!same) {
        boolean clear = step >= margins.length || margins[step] > CLEAR_MARGIN;
        return clear ? expected.length - step : 0;
      }
    }
    return 0;
  }
}
