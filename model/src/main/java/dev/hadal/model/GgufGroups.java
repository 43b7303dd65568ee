package dev.hadal.model;

import dev.hadal.format.GgufIntegers;
import dev.hadal.kernels.GroupedWeights;
import dev.hadal.kernels.GroupedWeights.Nested;
import dev.hadal.kernels.GroupedWeights.Plain;
import dev.hadal.kernels.GroupedWeights.Scales;
import dev.hadal.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** {@link GgufIntegers} as operands of products. */
final class GgufGroups {
  private GgufGroups() {}

  static GroupedWeights of(GgufIntegers integers) {
    GroupedWeights.Code code =
        integers.values().isEmpty()
            ? new GroupedWeights.Bytes()
            : new GroupedWeights.Nibbles(integers.values());
    Tensor offsets = integers.offsets();
    return new GroupedWeights(
        integers.codes(),
        code,
        scales(integers.scales(), integers.partScales(), integers.part()),
        offsets == null ? null : scales(offsets, integers.partOffsets(), integers.part()));
  }

  private static Scales scales(Tensor numbers, @Nullable Tensor parts, int part) {
    return parts == null ? new Plain(numbers) : new Nested(numbers, parts, part);
  }
}
