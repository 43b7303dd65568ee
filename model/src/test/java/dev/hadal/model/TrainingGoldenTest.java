package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.SafetensorsFile;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Forward, loss, gradients and five AdamW steps of training against a float64 implementation. */
class TrainingGoldenTest {
  @ParameterizedTest
  @EnumSource(Arithmetic.class)
  void everyNumberOfTheFiles(Arithmetic arithmetic) {
    List<GoldenVerifier.Row> rows;
    try (Kernels kernels = new ReferenceKernels(arithmetic)) {
      rows = GoldenVerifier.verify(MiniModel.folder(), kernels);
    }
    assertThat(rows).allMatch(GoldenVerifier.Row::ok);
    assertThat(rows.stream().map(GoldenVerifier.Row::name)).doesNotHaveDuplicates();
    boolean wide = arithmetic == Arithmetic.FP64;
    // A row of integers has the tolerance 0, all others that of their kind.
    Set<Double> allowed = wide ? Set.of(0.0, 1e-9) : Set.of(0.0, 2e-5, 2e-4, 1e-4);
    assertThat(rows).allMatch(row -> allowed.contains(row.tolerance()));
    Set<String> compared = rows.stream().map(GoldenVerifier.Row::name).collect(Collectors.toSet());
    assertThat(compared).containsAll(expected(wide));
    for (int step = 0; step < 6; step++) {
      for (String part : List.of("total", "main", "mtp", "balance")) {
        assertThat(compared).contains("step %d %s".formatted(step, part));
      }
    }
  }

  /** The tensors of the files that must have been compared. */
  private static Set<String> expected(boolean wide) {
    Set<String> names = new HashSet<>();
    try (SafetensorsFile golden = MiniModel.golden();
        SafetensorsFile train =
            SafetensorsFile.open(MiniModel.folder().resolve("train.safetensors"))) {
      names.addAll(golden.names());
      names.addAll(train.names());
    }
    names.removeIf(name -> name.startsWith("input_ids") || name.equals("batch"));
    // Continuations belong to the inference model.
    names.removeIf(name -> name.startsWith("greedy"));
    names.removeIf(name -> !wide && name.startsWith("step5"));
    return names;
  }
}
