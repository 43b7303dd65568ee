package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Optional;

/** {@link RotaryEmbedding} as generated code. */
final class GeneratedRotaryEmbedding implements RotaryEmbedding {
  private final ThreadTeam team;
  private final MethodHandle forth;
  private final MethodHandle back;

  /** Makes the code; {@link #obstacle} must be empty. */
  GeneratedRotaryEmbedding(ThreadTeam team, CodeLoader loader) {
    this.team = team;
    forth = load(loader, false);
    back = load(loader, true);
  }

  private static MethodHandle load(CodeLoader loader, boolean inverse) {
    return loader.load(
        new RotationCode(inverse).assemble(), RotationCode.SIGNATURE, Arena.global());
  }

  /** Why the code cannot be made; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return GeneratedCode.obstacle(
        loader, new RotationCode(false).assemble(), new RotationCode(true).assemble());
  }

  @Override
  public void rotate(
      Tensor x,
      int heads,
      int headStride,
      int offset,
      Tensor cos_PR2,
      Tensor sin_PR2,
      int[] positions_T,
      boolean inverse) {
    int rows = x.rows();
    int columns = x.columns();
    int half = cos_PR2.columns();
    x.requireType("rope x", DType.F32);
    Sizes.require("rope cos", cos_PR2, cos_PR2.rows(), half);
    Sizes.require("rope sin", sin_PR2, cos_PR2.rows(), half);
    if (positions_T.length != rows
        || heads < 0
        || offset < 0
        || (heads > 1 && headStride < 2L * half)
        || (heads > 0 && offset + (heads - 1L) * headStride + 2L * half > columns)) {
      throw new IllegalArgumentException(
          "rope: %d heads of %d every %d from %d in %s at %d positions"
              .formatted(heads, 2 * half, headStride, offset, x.shape(), positions_T.length));
    }
    for (int position : positions_T) {
      if (position < 0 || position >= cos_PR2.rows()) {
        throw new IndexOutOfBoundsException(
            "rope: expected positions below %d, got %d".formatted(cos_PR2.rows(), position));
      }
    }
    if (heads == 0) {
      return;
    }
    long first = Addresses.of("rope x", x) + 4L * offset;
    long cosines = Addresses.of("rope cos", cos_PR2);
    long sines = Addresses.of("rope sin", sin_PR2);
    MethodHandle code = inverse ? back : forth;
    try {
      team.split(
          rows,
          Sizes.grain(heads * 2 * half),
          (from, to) -> {
            for (int t = from; t < to; t++) {
              long row = first + 4L * t * columns;
              long table = 4L * positions_T[t] * half;
              rotate(code, row, heads, headStride, cosines + table, sines + table, half);
            }
          });
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(cos_PR2);
      Reference.reachabilityFence(sin_PR2);
    }
  }

  private static void rotate(
      MethodHandle code, long row, int heads, int headStride, long cosines, long sines, int half) {
    try {
      code.invokeExact(row, (long) heads, 4L * headStride, cosines, sines, 2L * half);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
