package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.hadal.format.FormatException;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.GgufType;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same weights give the same bits from a GGUF file as from safetensors, in every form. */
class GgufWeightsTest {
  @TempDir private Path folder = Path.of("");

  private static int[] tokens() {
    try (SafetensorsFile golden = MiniModel.golden()) {
      return Arrays.copyOf(MiniModel.prompt(golden, 1), 9);
    }
  }

  private static double[] expected(Kernels kernels, InferenceMode mode) {
    try (InferenceModel model = MiniModel.load("model.safetensors", kernels, mode)) {
      return GgufMini.logits(model, tokens());
    }
  }

  private InferenceModel load(GgufMini mini, Kernels kernels, InferenceMode mode) {
    try (GgufFiles files = GgufFiles.open(mini.write(folder.resolve("mini.gguf")))) {
      return InferenceModel.load(GgufConfig.read(files), files, kernels, mode);
    }
  }

  private void assertSame(GgufMini mini, Kernels kernels, InferenceMode mode) {
    try (InferenceModel model = load(mini, kernels, mode)) {
      assertThat(GgufMini.logits(model, tokens())).isEqualTo(expected(kernels, mode));
      assertThat(model.warnings()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyFormGivesTheBitsOfTheCheckpoint(InferenceMode mode) {
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32)) {
      assertSame(new GgufMini().keep(false), kernels, mode);
      assertSame(new GgufMini().keep(true).as(GgufType.BF16), kernels, mode);
      assertSame(new GgufMini().keep(false).fuseGateUp().as(GgufType.BF16), kernels, mode);
    }
  }

  @Test
  void inBinary64TheValuesAreExact() {
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP64)) {
      assertSame(new GgufMini().keep(false), kernels, InferenceMode.EXACT);
      assertSame(new GgufMini().keep(true).fuseGateUp(), kernels, InferenceMode.EXACT);
    }
  }

  @Test
  void theMtpLayerDraftsAsThatOfTheCheckpoint() {
    int[] tokens = tokens();
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        InferenceModel model = load(new GgufMini().keep(false), kernels, InferenceMode.EXACT);
        InferenceModel other = MiniModel.load("model.safetensors", kernels, InferenceMode.EXACT)) {
      assertThat(drafts(model, tokens)).isEqualTo(drafts(other, tokens));
    }
  }

  private static double[] drafts(InferenceModel model, int[] tokens) {
    try (LatentCache cache = model.newCache(tokens.length)) {
      var states =
          model
              .forward(List.of(new InferenceModel.Chunk(cache, tokens, 0, true)))
              .hidden()
              .getFirst();
      InferenceModel.Draft draft = new InferenceModel.Draft(cache, states, tokens, 0);
      return GoldenTrace.values(model.draft(List.of(draft)).logits().getFirst());
    }
  }

  @Test
  void withoutAnOutputTensorTheHeadIsTheEmbedding() {
    GgufMini tied = new GgufMini().keep(false);
    tied.withoutPrediction();
    GgufMini.Part embedding = tied.part("token_embd.weight");
    tied.tensors.put("output.weight", embedding);
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32)) {
      double[] twice;
      try (InferenceModel model = load(tied, kernels, InferenceMode.EXACT)) {
        twice = GgufMini.logits(model, tokens());
      }
      tied.tensors.remove("output.weight");
      try (InferenceModel model = load(tied, kernels, InferenceMode.EXACT)) {
        assertThat(GgufMini.logits(model, tokens())).isEqualTo(twice);
        assertThat(model.warnings()).isEmpty();
      }
    }
  }

  @Test
  void anMtpLayerThatCannotBeUsedIsSwitchedOff() {
    GgufMini cut = new GgufMini().keep(false);
    cut.tensors.remove("blk.2.nextn.hnorm.weight");
    assertMtpOff(cut, "\"blk.2.nextn.hnorm.weight\" is missing; MTP is switched off.");
    GgufMini other = new GgufMini().keep(false);
    GgufMini.Part head = other.part("blk.2.nextn.shared_head_head.weight");
    other.tensors.put(
        "blk.2.nextn.shared_head_head.weight",
        new GgufMini.Part(head.type(), head.shape(), GgufMini.copyWith(head.values(), 5, 9)));
    assertMtpOff(other, "blk.2.nextn.shared_head_head.weight differs from the tensor it copies");
  }

  private void assertMtpOff(GgufMini mini, String warning) {
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        InferenceModel model = load(mini, kernels, InferenceMode.EXACT)) {
      assertThat(model.drafts()).isFalse();
      assertThat(model.warnings()).anyMatch(sentence -> sentence.contains(warning));
      assertThat(model.warnings()).anyMatch(sentence -> sentence.contains("tensors are not used"));
      assertThat(GgufMini.logits(model, tokens()))
          .isEqualTo(expected(kernels, InferenceMode.EXACT));
    }
  }

  private void assertRefused(Consumer<GgufMini> damage, String message) {
    GgufMini mini = new GgufMini().keep(false);
    damage.accept(mini);
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32)) {
      Throwable refused = catchThrowable(() -> load(mini, kernels, InferenceMode.BF16).close());
      assertThat(refused)
          .isInstanceOfAny(FormatException.class, ModelException.class)
          .hasMessageContaining(message);
      OneSentence.require((RuntimeException) refused, folder.resolve("mini.gguf") + ": ");
    }
  }

  private static void spoil(GgufMini mini, String name, GgufType type, float value) {
    GgufMini.Part part = mini.part(name);
    int last = part.values().length - 1;
    mini.tensors.put(
        name, new GgufMini.Part(type, part.shape(), GgufMini.copyWith(part.values(), last, value)));
  }

  @Test
  void tensorsThatDoNotFitAreNamed() {
    assertRefused(
        m -> m.tensors.remove("blk.1.attn_q_b.weight"), "\"blk.1.attn_q_b.weight\" is missing");
    assertRefused(m -> m.tensors.remove("token_embd.weight"), "\"token_embd.weight\" is missing");
    assertRefused(
        m -> m.tensors.remove("blk.0.attn_v_b.weight"), "\"blk.0.attn_v_b.weight\" is missing");
    assertRefused(
        m -> m.number("expert_count", 16),
        "blk.1.ffn_gate_inp.weight: expected shape [16, 64] (outermost extent first), found [8, 64]");
    assertRefused(
        m -> {
          GgufMini.Part keys = m.part("blk.0.attn_k_b.weight");
          m.tensors.put(
              "blk.0.attn_k_b.weight",
              new GgufMini.Part(keys.type(), Shape.of(2, 20, 16), new float[640]));
        },
        "blk.0.attn_k_b.weight: expected shape [2, 16, 16]");
    assertRefused(
        m -> spoil(m, "blk.1.ffn_up_exps.weight", GgufType.I32, 1),
        "blk.1.ffn_up_exps.weight: the type I32 is not supported; expected one of [F32, F16, Q4_0");
    assertRefused(
        m -> {
          m.withoutPrediction();
          m.number("leading_dense_block_count", 0);
        },
        "\"blk.0.ffn_gate_inp.weight\" is missing");
  }

  @Test
  void weightsThatAreNotFiniteAreNamed() {
    assertRefused(
        m -> spoil(m, "blk.1.attn_q_a.weight", GgufType.F32, Float.NaN),
        "blk.1.attn_q_a.weight: expected finite weights, found NaN in row 23");
    assertRefused(
        m -> spoil(m, "blk.1.ffn_down_exps.weight", GgufType.BF16, Float.NaN),
        "blk.1.ffn_down_exps.weight: expected finite weights, found NaN in row 511");
    assertRefused(
        m -> spoil(m, "token_embd.weight", GgufType.BF16, Float.NEGATIVE_INFINITY),
        "token_embd.weight: expected finite weights, found -Infinity in row 95");
    assertRefused(
        m -> spoil(m, "blk.0.attn_v_b.weight", GgufType.F16, 1e6f),
        "blk.0.attn_v_b.weight: expected finite weights, found Infinity in row 23");
    assertRefused(
        m -> spoil(m, "output_norm.weight", GgufType.F32, Float.NaN),
        "output_norm.weight: expected finite weights, found NaN in row 0");
    assertRefused(
        m -> spoil(m, "blk.1.exp_probs_b.bias", GgufType.F32, Float.NaN), "blk.1.exp_probs_b.bias");
  }

  @Test
  void aBiasThatOnlySomeLayersHaveIsMissing() {
    assertRefused(
        m -> m.tensors.remove("blk.1.exp_probs_b.bias"), "\"blk.1.exp_probs_b.bias\" is missing");
    GgufMini none = new GgufMini().keep(false);
    none.withoutPrediction();
    Objects.requireNonNull(none.tensors.remove("blk.1.exp_probs_b.bias"));
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        InferenceModel model = load(none, kernels, InferenceMode.EXACT)) {
      assertThat(model.warnings()).singleElement().asString().contains("no gate has a choice bias");
    }
  }
}
