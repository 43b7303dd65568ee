package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Gate;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.kernels.SwiGlu;
import dev.hadal.tensor.Tensor;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayerComparisonTest {
  private static final int[] IDS = {3, 1, 4, 1, 5};

  private static List<LayerComparison.Stage> run(
      Kernels kernels, InferenceMode mode, LayerComparison.Range range) {
    List<LayerComparison.Stage> stages = new ArrayList<>();
    try (WeightFiles files = WeightFiles.open(MiniModel.folder())) {
      LayerComparison comparison = LayerComparison.of(MiniModel.config(), files, kernels, mode);
      comparison.run(IDS, range, stages::add);
    }
    return stages;
  }

  private static LayerComparison.Range all() {
    return new LayerComparison.Range(0, MiniModel.config().allLayers() - 1);
  }

  /** Reference kernels, one family of which is another. */
  private static Kernels with(String family, Object other) {
    ReferenceKernels kernels = new ReferenceKernels(Arithmetic.FP32);
    return (Kernels)
        Proxy.newProxyInstance(
            Kernels.class.getClassLoader(),
            new Class<?>[] {Kernels.class},
            (_, method, arguments) ->
                method.getName().equals(family) ? other : method.invoke(kernels, arguments));
  }

  /** Puts one element of some calls a little wrong. */
  private static Kernels spoilt(IntPredicate calls, int row, int element) {
    SwiGlu right = new ReferenceKernels(Arithmetic.FP32).swiGlu();
    int[] call = {0};
    return with(
        "swiGlu",
        new SwiGlu() {
          @Override
          public void forward(Tensor gate_TF, Tensor up_TF, Tensor h_TF) {
            right.forward(gate_TF, up_TF, h_TF);
            if (calls.test(call[0]++) && h_TF.rows() > row) {
              long at = (long) row * h_TF.columns() + element;
              h_TF.setFloat(at, h_TF.getFloat(at) + 1);
            }
          }

          @Override
          public void backward(Tensor gate, Tensor up, Tensor dh, Tensor dgate, Tensor dup) {
            throw new UnsupportedOperationException();
          }
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = InferenceMode.class,
      names = {"EXACT", "FP8"})
  void theKernelsHereHaveTheReferencesBits(InferenceMode mode) {
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, _ -> {})) {
      List<LayerComparison.Stage> stages = run(kernels, mode, all());
      assertThat(stages)
          .extracting(LayerComparison.Stage::name)
          .containsExactly("embedding", "layer 0", "layer 1", "head", "mtp layer 2");
      assertThat(stages).allMatch(LayerComparison.Stage::equal);
      assertThat(stages.get(1).parts())
          .extracting(LayerComparison.Part::name)
          .containsExactly("latent cache", "attention", "mlp");
      assertThat(stages.get(2).parts())
          .extracting(LayerComparison.Part::name)
          .containsExactly(
              "latent cache", "attention", "chosen experts", "their weights", "experts");
      assertThat(stages.get(1).parts().get(1).values())
          .isEqualTo((long) IDS.length * MiniModel.config().hiddenSize());
    }
  }

  @Test
  void aDifferenceIsNamedAndTheNextLayersAreJudgedByThemselves() {
    // Layer 0 calls SwiGLU once for the prompt and once for its last token.
    List<LayerComparison.Stage> stages =
        run(spoilt(call -> call == 0, 2, 1), InferenceMode.EXACT, all());
    assertThat(stages)
        .filteredOn(stage -> !stage.equal())
        .extracting(LayerComparison.Stage::name)
        .containsExactly("layer 0");
    List<LayerComparison.Part> parts = stages.get(1).parts();
    assertThat(parts).extracting(LayerComparison.Part::differing).startsWith(0L, 0L);
    LayerComparison.Part mlp = parts.getLast();
    assertThat(mlp.differing()).isBetween(1L, (long) MiniModel.config().hiddenSize());
    LayerComparison.Difference first = mlp.first().orElseThrow();
    assertThat(first.position()).isEqualTo(2);
    assertThat(first.found()).isNotEqualTo(first.reference());
  }

  @Test
  void theLastTokenIsComputedAlone() {
    List<LayerComparison.Stage> stages =
        run(spoilt(call -> call == 1, 0, 0), InferenceMode.EXACT, all());
    LayerComparison.Difference first = stages.get(1).parts().getLast().first().orElseThrow();
    assertThat(first.position()).isEqualTo(IDS.length - 1);
  }

  @Test
  void otherExpertsAreNamed() {
    Gate right = new ReferenceKernels(Arithmetic.FP32).gate();
    Gate wrong =
        (Gate)
            Proxy.newProxyInstance(
                Gate.class.getClassLoader(),
                new Class<?>[] {Gate.class},
                (_, method, arguments) -> {
                  Object result = method.invoke(right, arguments);
                  Tensor index_TK = (Tensor) arguments[4];
                  if (index_TK.rows() > 3) {
                    long at = 3L * index_TK.columns();
                    index_TK.setInt(at, index_TK.getInt(at) == 0 ? 1 : 0);
                  }
                  return result;
                });
    LayerComparison.Part chosen =
        run(with("gate", wrong), InferenceMode.EXACT, all()).get(2).parts().get(2);
    assertThat(chosen.name()).isEqualTo("chosen experts");
    assertThat(chosen.differing()).isEqualTo(1);
    assertThat(chosen.first().orElseThrow().position()).isEqualTo(3);
    assertThat(chosen.first().orElseThrow().element()).isZero();
  }

  @Test
  void aRangeOfLayersIsCompared() {
    Kernels wrong = spoilt(_ -> true, 0, 0);
    assertThat(run(wrong, InferenceMode.EXACT, new LayerComparison.Range(0, 0)))
        .extracting(LayerComparison.Stage::name)
        .containsExactly("embedding", "layer 0");
    assertThat(run(wrong, InferenceMode.EXACT, new LayerComparison.Range(2, 2)))
        .extracting(LayerComparison.Stage::name)
        .containsExactly("embedding", "mtp layer 2");
  }

  @Test
  void whatIsNotPossibleIsRefused() {
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        WeightFiles files = WeightFiles.open(MiniModel.folder())) {
      LayerComparison comparison =
          LayerComparison.of(MiniModel.config(), files, kernels, InferenceMode.EXACT);
      assertThat(comparison.all()).isEqualTo(all());
      assertThatThrownBy(() -> comparison.run(new int[1], all(), _ -> {}))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("prompt: expected 2 to");
      assertThatThrownBy(() -> comparison.run(new int[] {1, -1}, all(), _ -> {}))
          .hasMessageContaining("prompt: expected tokens from 0 to");
      assertThatThrownBy(() -> comparison.run(IDS, new LayerComparison.Range(0, 9), _ -> {}))
          .hasMessageContaining("layers: expected 0 to 2, found 9");
    }
    assertThatThrownBy(() -> new LayerComparison.Range(2, 1))
        .hasMessageContaining("layers: expected a first and a last one, found 2 to 1");
  }

  @Test
  void theLargestLayerIsKnownBeforeAnyIsLoaded() {
    ModelConfig v3 = Configs.parse(Configs.V3);
    long moe = 257L * 3 * v3.hiddenSize() * v3.moeIntermediateSize() * Float.BYTES;
    assertThat(LayerComparison.largestLayerBytes(v3)).isBetween(moe, moe + (2L << 30));
  }
}
