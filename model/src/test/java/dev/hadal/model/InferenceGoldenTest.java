package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.SafetensorsFile;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** States, routing, logits and greedy tokens against an independent float64 implementation. */
class InferenceGoldenTest {
  private static final int PROMPTS = 3;

  /** Half a unit in the last place of what the file stores as F32. */
  private static final double STORED = 0x1p-24;

  private static final class Trace implements InferenceTrace {
    final Map<Integer, List<Double>> hidden = new HashMap<>();
    final Map<Integer, List<Integer>> index = new HashMap<>();
    final Map<Integer, List<Double>> weight = new HashMap<>();

    @Override
    public void hidden(int layer, Tensor x_TD) {
      add(hidden, layer, x_TD);
    }

    @Override
    public void router(int layer, Tensor index_TK, Tensor weight_TK) {
      for (int e : index_TK.toInts()) {
        index.computeIfAbsent(layer, _ -> new ArrayList<>()).add(e);
      }
      add(weight, layer, weight_TK);
    }

    private static void add(Map<Integer, List<Double>> map, int layer, Tensor values) {
      for (double value : GoldenTrace.values(values)) {
        map.computeIfAbsent(layer, _ -> new ArrayList<>()).add(value);
      }
    }

    static double[] of(Map<Integer, List<Double>> map, int layer) {
      return Objects.requireNonNull(map.get(layer)).stream().mapToDouble(v -> v).toArray();
    }
  }

  private static double tolerance(Kernels kernels) {
    return kernels.computeType() == DType.F64 ? 1e-9 : 2e-5;
  }

  /** Compares with the last rows that the file holds. */
  private static void check(String name, double[] found, SafetensorsFile golden, Kernels kernels) {
    Tensor tensor = golden.tensor(name);
    double[] expected = GoldenTrace.values(tensor);
    double[] last = Arrays.copyOfRange(found, found.length - expected.length, found.length);
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    double tolerance = tolerance(kernels) + (tensor.dtype() == DType.F32 ? STORED : 0);
    for (int i = 0; i < expected.length; i++) {
      assertThat(Math.abs(last[i] - expected[i]) / largest)
          .as("%s at %d: %s, expected %s", name, i, last[i], expected[i])
          .isLessThanOrEqualTo(tolerance);
    }
  }

  @ParameterizedTest
  @EnumSource(Arithmetic.class)
  void statesRoutingAndLogits(Arithmetic arithmetic) {
    try (Kernels kernels = new ReferenceKernels(arithmetic);
        SafetensorsFile golden = MiniModel.golden();
        InferenceModel model = MiniModel.load("model.safetensors", kernels, InferenceMode.EXACT)) {
      assertThat(model.warnings()).isEmpty();
      for (int prompt = 0; prompt < PROMPTS; prompt++) {
        int[] ids = MiniModel.prompt(golden, prompt);
        try (LatentCache cache = model.newCache(ids.length)) {
          Trace trace = new Trace();
          InferenceModel.BatchOutput main =
              model.forward(List.of(new InferenceModel.Chunk(cache, ids, 0, true)), trace);
          double[] logits = GoldenTrace.values(main.logits().getFirst());
          check("logits." + prompt, logits, golden, kernels);
          for (int layer = 0; layer <= model.config().numHiddenLayers(); layer++) {
            check("hidden." + prompt + "." + layer, Trace.of(trace.hidden, layer), golden, kernels);
          }
          if (ids.length > 1) {
            Tensor hidden = main.hidden().getFirst().slice(0, ids.length - 1);
            int[] next = Arrays.copyOfRange(ids, 1, ids.length);
            InferenceModel.BatchOutput second =
                model.draft(List.of(new InferenceModel.Draft(cache, hidden, next, 0)), trace);
            double[] drafted = GoldenTrace.values(second.logits().getFirst());
            check("mtp_logits." + prompt, drafted, golden, kernels);
          }
          checkRouting(golden, prompt, trace, kernels);
        }
      }
    }
  }

  private static void checkRouting(
      SafetensorsFile golden, int prompt, Trace trace, Kernels kernels) {
    for (int layer : trace.index.keySet()) {
      String name = "router." + prompt + "." + layer;
      if (golden.contains(name + ".index")) {
        Tensor expected = golden.tensor(name + ".index");
        List<Integer> found = Objects.requireNonNull(trace.index.get(layer));
        assertThat(found).hasSize(Math.toIntExact(expected.elements()));
        for (int i = 0; i < found.size(); i++) {
          assertThat((long) found.get(i)).as(name).isEqualTo(expected.getLong(i));
        }
        check(name + ".weight", Trace.of(trace.weight, layer), golden, kernels);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Arithmetic.class)
  void storedBlocksAreDequantisedExactly(Arithmetic arithmetic) {
    try (Kernels kernels = new ReferenceKernels(arithmetic);
        SafetensorsFile golden = MiniModel.golden();
        InferenceModel model =
            MiniModel.load("model-fp8.safetensors", kernels, InferenceMode.EXACT)) {
      int[] ids = MiniModel.prompt(golden, 1);
      try (LatentCache cache = model.newCache(ids.length)) {
        InferenceModel.BatchOutput main =
            model.forward(List.of(new InferenceModel.Chunk(cache, ids, 0, false)));
        check("fp8.logits.1", GoldenTrace.values(main.logits().getFirst()), golden, kernels);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Arithmetic.class)
  void greedyTokensWhileTheMarginIsClear(Arithmetic arithmetic) {
    try (Kernels kernels = new ReferenceKernels(arithmetic);
        SafetensorsFile golden = MiniModel.golden();
        InferenceModel model = MiniModel.load("model.safetensors", kernels, InferenceMode.EXACT)) {
      for (int prompt = 0; prompt < 2; prompt++) {
        int[] ids = MiniModel.prompt(golden, prompt);
        Tensor expected = golden.tensor("greedy." + prompt);
        double[] margin = GoldenTrace.values(golden.tensor("greedy_margin." + prompt));
        try (LatentCache cache = model.newCache(ids.length + 24)) {
          int[] next = ids;
          for (int step = 0; step < 24 && margin[step] > 1e-3; step++) {
            InferenceModel.BatchOutput output =
                model.forward(List.of(InferenceModel.Chunk.last(cache, next)));
            int best = argmax(GoldenTrace.values(output.logits().getFirst()));
            assertThat((long) best).as("step %d", step).isEqualTo(expected.getLong(step));
            next = new int[] {best};
          }
        }
      }
    }
  }

  private static int argmax(double[] logits) {
    int best = 0;
    for (int v = 1; v < logits.length; v++) {
      best = logits[v] > logits[best] ? v : best;
    }
    return best;
  }
}
