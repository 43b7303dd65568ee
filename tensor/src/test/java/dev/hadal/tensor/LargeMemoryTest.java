package dev.hadal.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class LargeMemoryTest {
  @Test
  void memoryIsAlignedZeroAndWritableToItsLastByte() {
    for (long bytes : new long[] {1, 100, (2L << 20) - 1, 2L << 20, (2L << 20) + 1, 9_000_001}) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment memory = LargeMemory.allocate(arena, bytes, 4096);
        assertThat(memory.byteSize()).isEqualTo(bytes);
        assertThat(memory.address() % 4096).isZero();
        for (long at = 0; at < bytes; at += 61) {
          assertThat(memory.get(ValueLayout.JAVA_BYTE, at)).isZero();
        }
        memory.fill((byte) 1);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 1);
      }
    }
  }

  @Test
  void closingTheArenaFreesIt() {
    Arena arena = Arena.ofShared();
    MemorySegment memory = LargeMemory.allocate(arena, 5L << 20, 64);
    arena.close();
    assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  /** More than any machine has in all, if nothing were given back. */
  @Test
  void freedMemoryGoesBackToTheSystem() {
    for (int i = 0; i < 50; i++) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment memory = LargeMemory.allocate(arena, 1L << 30, 4096);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, memory.byteSize() - 1)).isZero();
      }
    }
  }

  @Test
  void alignmentBeyondAHugePageIsRefused() {
    assertThatThrownBy(() -> LargeMemory.allocate(Arena.ofAuto(), 1, 4L << 20))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 MiB");
  }
}
