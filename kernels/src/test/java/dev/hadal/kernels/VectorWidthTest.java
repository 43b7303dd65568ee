package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * The build runs the tests of the vector kernels again in virtual machines whose vectors are
 * shortened by {@code -XX:MaxVectorSize}; each run compares with the same scalar reference, so all
 * widths give the same bits. This test sees that they really are shortened.
 */
final class VectorWidthTest {
  @Test
  void vectorsAreNoWiderThanTheBuildAsked() {
    int bytes = Integer.getInteger("hadal.test.vectorBytes", 64);
    assertThat(4 * Simd.WIDTH).isLessThanOrEqualTo(bytes);
  }
}
