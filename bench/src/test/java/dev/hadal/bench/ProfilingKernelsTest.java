package dev.hadal.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.Parameters;
import dev.hadal.model.Precision;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProfilingKernelsTest {
  private static Kernels open() {
    return KernelChoice.open(KernelTier.AUTO, 2, _ -> {});
  }

  private static List<Double> losses(Kernels kernels, Precision precision) {
    List<Double> losses = new ArrayList<>();
    try (kernels;
        TrainingStep step = new TrainingStep(SmallShapes.TRAINING, precision, kernels)) {
      for (int i = 0; i < 4; i++) {
        losses.add(step.run());
      }
    }
    return losses;
  }

  @ParameterizedTest
  @EnumSource
  void trainingHasTheSameBits(Precision precision) {
    Stopwatch watch = new Stopwatch();
    List<Double> profiled = losses(new ProfilingKernels(open(), watch), precision);
    assertThat(profiled).isEqualTo(losses(open(), precision));
    assertThat(profiled.getLast()).isLessThan(profiled.getFirst());
    assertThat(watch.entries().stream().map(Stopwatch.Entry::name))
        .contains("attention.backward", "gate.route", "gate.balance", "permutation.combine")
        .contains("rmsNorm.backwardWeight", "swiGlu.backward", "rotaryEmbedding.rotate")
        .contains("embedding.backward", "crossEntropy.forwardBackward", "optimizer.finishOne");
  }

  private static float[] logits(Kernels kernels) {
    try (kernels;
        Parameters parameters = Parameters.allocate(SmallShapes.MODEL, DType.F32)) {
      parameters.initialize(7, 0.1);
      try (InferenceModel model =
              new InferenceModel(SmallShapes.MODEL, parameters, kernels, InferenceMode.BF16);
          var cache = model.newCache(16)) {
        return model
            .forward(List.of(InferenceModel.Chunk.last(cache, 1, 2, 3)))
            .logits()
            .getFirst()
            .toFloats();
      }
    }
  }

  @Test
  void inferenceHasTheSameBits() {
    Stopwatch watch = new Stopwatch();
    assertThat(logits(new ProfilingKernels(open(), watch))).isEqualTo(logits(open()));
    assertThat(watch.entries().stream().map(Stopwatch.Entry::name))
        .contains("latentAttention.forward", "quantizer.toBFloat16");
  }

  @Test
  void productsAreCountedByTheirExtents() {
    Stopwatch watch = new Stopwatch();
    try (Kernels kernels = new ProfilingKernels(open(), watch);
        Workspace workspace = new Workspace("test", 1L << 30)) {
      Tensor a = workspace.takeZeroed(DType.F32, 3, 5);
      Tensor b = workspace.takeZeroed(DType.F32, 7, 5);
      Tensor c = workspace.take(DType.F32, 3, 7);
      MatMul.Packed packed =
          kernels.matMul().pack(new Matrix.Dense(b), MatMul.Contraction.COLUMNS, workspace);
      MatMul.Job job = MatMul.Job.of(new Matrix.Dense(a), packed, c);
      kernels.matMul().multiply(job);
      kernels.matMul().multiply(job);
    }
    Stopwatch.Entry product =
        watch.entries().stream()
            .filter(e -> e.name().equals("matmul 3x7x5 fp32"))
            .findFirst()
            .orElseThrow();
    assertThat(product.calls()).isEqualTo(2);
    assertThat(product.flops()).isEqualTo(2 * 2 * 3 * 7 * 5);
  }
}
