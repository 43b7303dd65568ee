package dev.hadal.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hadal.model.InferenceMode;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MeasuringTest {
  @Test
  void contendersTakeTurns() {
    List<String> turns = new ArrayList<>();
    double[] medians =
        Repetition.medians(
            1e-9,
            List.of(
                () -> {
                  turns.add("a");
                  return 1 + turns.size();
                },
                () -> {
                  turns.add("b");
                  return 0.5;
                }));
    assertThat(String.join("", turns)).isEqualTo("abababab");
    // The warm-up's turn does not count.
    assertThat(medians).containsExactly(6, 0.5);
  }

  @Test
  void medianIsTheMiddleValue() {
    assertThat(Repetition.median(new double[] {9, 1, 5})).isEqualTo(5);
    assertThat(Repetition.median(new double[] {9, 1, 5, 6})).isEqualTo(5);
  }

  @Test
  void modelsHaveTheSizesOfTheirNames() {
    TrainingShape small = TrainingShape.SMALL;
    TrainingShape medium = TrainingShape.MEDIUM;
    assertThat(small.config().parameterCounts().total() * 1e-6).isCloseTo(38.8, within(0.05));
    assertThat(small.activeParameters() * 1e-6).isCloseTo(10.4, within(0.05));
    assertThat(medium.config().parameterCounts().total() * 1e-6).isCloseTo(250.6, within(0.05));
    assertThat(medium.activeParameters() * 1e-6).isCloseTo(64.6, within(0.05));
    assertThat(small.flops()).isEqualTo(6.0 * small.activeParameters() * 8192);
  }

  @Test
  void decodingCountsTheBytesOfItsParameters() {
    DecodeShape shape = DecodeShape.usual(InferenceMode.BF16);
    var counts = shape.config().parameterCounts();
    long experts = 9 * 24;
    long linears =
        counts.attention() + counts.dense() + counts.experts() + counts.shared() + counts.head();
    // Norms are not counted, the gates are FP32.
    double expected = 2.0 * linears + 4.0 * counts.gates();
    assertThat(shape.mainBytes(experts) / expected).isCloseTo(1, within(1e-4));
    assertThat(shape.mainBytes(experts) - shape.mainBytes(experts - 1))
        .isEqualTo(2L * 3 * 2048 * 1408);
  }

  @Test
  void decodedModelsHaveMoreThanTwoGibibytesOfWeights() {
    DecodeShape shape = DecodeShape.usual(InferenceMode.FP8);
    assertThat(shape.mainBytes(9 * 24)).isGreaterThan(1L << 31);
    assertThat(shape.mainBytes(9 * 24) - shape.mainBytes(9 * 24 - 1)).isEqualTo(3L * 2048 * 1408);
    assertThat(shape.label()).startsWith("fp8, 2.");
  }

  @Test
  void processorIsReadFromCpuinfo() {
    Processor processor =
        Processor.ofCpuinfo(
            List.of(
                "processor\t: 0",
                "cpu family\t: 25",
                "model\t\t: 17",
                "model name\t: Example 9",
                "flags\t\t: fpu avx avx2 avx512f sse4_2",
                "",
                "model name\t: Another"),
            2);
    assertThat(processor.model()).isEqualTo("Example 9 (family 25, model 17)");
    assertThat(processor.simd()).containsExactly("sse4_2", "avx", "avx2", "avx512f");
    assertThat(Processor.ofCpuinfo(List.of(), 1)).isEqualTo(new Processor("unknown", 1, Set.of()));
  }

  @Test
  void syntheticValuesFillTheTensorAndDoNotRepeatByRows() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor tensor = Tensor.allocate(arena, DType.F32, 5, 1 << 15);
      SyntheticValues.fill(tensor, 2);
      double squares = 0;
      for (long i = 0; i < tensor.elements(); i++) {
        squares += tensor.getFloat(i) * tensor.getFloat(i);
      }
      assertThat(Math.sqrt(squares / tensor.elements())).isCloseTo(2, within(0.05));
      for (int row = 1; row < 5; row++) {
        assertThat(tensor.slice(row, row + 1).data().mismatch(tensor.slice(0, 1).data()))
            .isNotEqualTo(-1);
      }
    }
  }

  @Test
  void openBlasMultiplies() {
    Optional<OpenBlas> library = OpenBlas.find();
    assumeThat(library).isPresent();
    try (Arena arena = Arena.ofConfined()) {
      Tensor a = Tensor.ofFloats(arena, new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
      Tensor b = Tensor.ofFloats(arena, new float[] {1, 0, 1, 2, 1, 0}, 2, 3);
      Tensor c = Tensor.allocate(arena, DType.F32, 2, 2);
      library.get().multiply(2, 2, 3, a.data(), b.data(), c.data());
      assertThat(c.toFloats()).containsExactly(4, 4, 10, 13);
      assertThat(library.get().coreName()).isNotBlank();
    }
  }
}
