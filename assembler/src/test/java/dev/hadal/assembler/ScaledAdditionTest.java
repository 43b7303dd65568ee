package dev.hadal.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The example kernel against its formula, with a page that cannot be touched behind its buffers.
 */
class ScaledAdditionTest {
  private static final int PAGE = 4096;

  private static CodeLoader loader() {
    CodeLoader loader = CodeLoader.ofThisMachine();
    assumeThat(loader.obstacle(ScaledAddition.assemble().required()))
        .as("why the kernel cannot be loaded")
        .isEmpty();
    return loader;
  }

  /** Pages whose last one cannot be touched; without it. */
  private static MemorySegment guarded(Arena arena) {
    Libc libc = new Libc();
    MemorySegment pages = libc.map(2L * PAGE, Libc.READ | Libc.WRITE, arena);
    libc.protect(pages.asSlice(PAGE), Libc.NONE);
    return pages.asSlice(0, PAGE);
  }

  @Test
  void everyLengthUpToTheEndOfItsPage() {
    CodeLoader loader = loader();
    Random random = new Random(7);
    try (Arena arena = Arena.ofConfined()) {
      ScaledAddition kernel = new ScaledAddition(loader, arena);
      MemorySegment xs = guarded(arena);
      MemorySegment ys = guarded(arena);
      for (int n = 0; n <= 150; n++) {
        MemorySegment x = xs.asSlice(PAGE - 4L * n);
        MemorySegment y = ys.asSlice(PAGE - 4L * n);
        float[] expected = new float[n];
        float s = random.nextFloat() - 0.5f;
        for (int i = 0; i < n; i++) {
          x.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 3);
          y.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 3);
          expected[i] =
              Math.fma(
                  s,
                  x.getAtIndex(ValueLayout.JAVA_FLOAT, i),
                  y.getAtIndex(ValueLayout.JAVA_FLOAT, i));
        }
        byte[] before = ys.asSlice(0, PAGE - 4L * n).toArray(ValueLayout.JAVA_BYTE);
        kernel.run(s, x, y);
        assertThat(y.toArray(ValueLayout.JAVA_FLOAT)).as("n = %d", n).containsExactly(expected);
        assertThat(ys.asSlice(0, PAGE - 4L * n).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
      }
    }
  }

  @Test
  void wrongSizesThrowBeforeAnyCodeRuns() {
    CodeLoader loader = loader();
    try (Arena arena = Arena.ofConfined()) {
      ScaledAddition kernel = new ScaledAddition(loader, arena);
      MemorySegment page = guarded(arena);
      assertThatThrownBy(() -> kernel.run(1, page.asSlice(0, 8), page.asSlice(0, 12)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> kernel.run(1, page, MemorySegment.ofArray(new float[1024])))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void itsCodeIsShortAndAlwaysTheSame() {
    MachineCode code = ScaledAddition.assemble();
    assertThat(code.size()).isBetween(150, 300);
    assertThat(ScaledAddition.assemble().bytes()).isEqualTo(code.bytes());
    assertThat(code.required())
        .containsExactly(CpuFeature.AVX, CpuFeature.BMI2, CpuFeature.AVX512F);
  }
}
