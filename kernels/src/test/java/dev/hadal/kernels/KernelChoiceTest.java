package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KernelChoiceTest {
  @Test
  void opensTheTierThatIsAskedFor() {
    List<String> warnings = new ArrayList<>();
    try (Kernels kernels = KernelChoice.open(KernelTier.VECTOR, 3, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("vector");
      assertThat(kernels.computeType()).isEqualTo(DType.F32);
      assertThat(kernels.team().size()).isEqualTo(3);
    }
    try (Kernels kernels = KernelChoice.open(KernelTier.REFERENCE, 3, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("reference");
    }
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("vector");
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void needsAThread() {
    assertThatThrownBy(() -> KernelChoice.open(KernelTier.AUTO, 0, _ -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threads: expected at least 1, found 0");
  }
}
