package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.Parameter;
import dev.hadal.model.ParameterNames;
import dev.hadal.model.Parameters;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GradientSumsTest {
  private static final double QUANTUM = 0x1p-32;

  private final Arena arena = Arena.ofShared();
  private final Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {});
  private final Parameters parameters = Parameters.allocate(TinyRuns.config().model(), DType.F32);
  private final Random random = new Random(5);

  @AfterEach
  void close() {
    parameters.close();
    kernels.close();
    arena.close();
  }

  private GradientSums sums(int microBatches, int uses) {
    return new GradientSums(parameters, kernels.optimizer(), QUANTUM, microBatches, uses);
  }

  private Tensor random(Parameter parameter) {
    Tensor tensor = Tensor.allocate(arena, DType.F32, parameter.tensor().shape().extents());
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.setFloat(i, (float) random.nextGaussian());
    }
    return tensor;
  }

  @Test
  void anyOrderOfSegmentsGivesTheRoundedSum() {
    Parameter head = parameters.get(ParameterNames.HEAD);
    List<Tensor> segments = List.of(random(head), random(head), random(head), random(head));
    try (GradientSums forth = sums(2, 2);
        GradientSums back = sums(2, 2)) {
      forth.begin(2, 2, 640);
      back.begin(2, 2, 640);
      for (int i = 0; i < 4; i++) {
        forth.accept(head, segments.get(i));
        back.accept(head, segments.get(3 - i));
      }
      double norm = forth.finish();
      assertThat(back.finish()).isEqualTo(norm);
      Tensor result = forth.gradient(head);
      assertThat(back.gradient(head).data().mismatch(result.data())).isNegative();
      for (long i = 0; i < result.elements(); i++) {
        double sum = 0;
        for (Tensor segment : segments) {
          sum += Math.rint(segment.getFloat(i) / QUANTUM);
        }
        assertThat(result.getFloat(i)).isEqualTo((float) (sum * QUANTUM / 640));
      }
      List<Tensor> all = parameters.trainable().stream().map(forth::gradient).toList();
      assertThat(norm).isEqualTo(kernels.optimizer().norm(all)).isPositive();
      assertThat(forth.spoilt()).isNull();
      assertThatThrownBy(() -> forth.accept(head, segments.getFirst()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("more than 4 segments");
    }
  }

  /** One segment and several have the same rounding; what nobody reported is zero again. */
  @Test
  void aSingleSegmentIsRoundedLikeSeveral() {
    Parameter expert = parameters.get("model.layers.1.mlp.experts.3.up_proj.weight");
    Tensor gradient = random(expert);
    Tensor zero = Tensor.allocate(arena, DType.F32, expert.tensor().shape().extents());
    try (GradientSums one = sums(1, 1);
        GradientSums two = sums(2, 1)) {
      one.begin(1, 1, 96);
      one.accept(expert, gradient);
      two.begin(2, 1, 96);
      two.accept(expert, zero);
      two.accept(expert, gradient);
      assertThat(two.finish()).isEqualTo(one.finish());
      assertThat(two.gradient(expert).data().mismatch(one.gradient(expert).data())).isNegative();
      one.begin(1, 1, 96);
      assertThat(one.finish()).isZero();
      assertThat(one.gradient(expert).toFloats()).containsOnly(0);
    }
  }

  @Test
  void theFirstTensorThatIsNotFiniteOrTooLargeIsNamed() {
    Parameter head = parameters.get(ParameterNames.HEAD);
    Parameter norm = parameters.get(ParameterNames.FINAL_NORM);
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -0x1p31f, 0x1p30f}) {
      try (GradientSums sums = sums(1, 2)) {
        sums.begin(1, 2, 7);
        Tensor gradient = random(head);
        gradient.setFloat(17, bad);
        sums.accept(head, gradient);
        Tensor other = random(norm);
        other.setFloat(3, Float.NaN);
        sums.accept(norm, other);
        sums.finish();
        assertThat(sums.spoilt()).isEqualTo(ParameterNames.HEAD);
        sums.begin(1, 2, 7);
        assertThat(sums.spoilt()).isNull();
      }
    }
  }
}
