package dev.hadal.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
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

  @Test
  void closingTheArenaGivesItBackToTheSystem() throws IOException {
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.exists(maps), "the system says what is mapped");
    long address;
    long bytes = 1L << 30;
    try (Arena arena = Arena.ofConfined()) {
      address = LargeMemory.allocate(arena, bytes, 4096).address();
      assertThat(mapped(maps, address, bytes)).isTrue();
    }
    assertThat(mapped(maps, address, bytes)).isFalse();
  }

  /** Whether one mapping holds all of a range. */
  private static boolean mapped(Path maps, long address, long bytes) throws IOException {
    for (String line : Files.readAllLines(maps)) {
      String range = line.substring(0, line.indexOf(' '));
      int dash = range.indexOf('-');
      long from = Long.parseUnsignedLong(range.substring(0, dash), 16);
      long to = Long.parseUnsignedLong(range.substring(dash + 1), 16);
      if (Long.compareUnsigned(from, address) <= 0
          && Long.compareUnsigned(address + bytes, to) <= 0) {
        return true;
      }
    }
    return false;
  }

  @Test
  void alignmentBeyondAHugePageIsRefused() {
    assertThatThrownBy(() -> LargeMemory.allocate(Arena.ofAuto(), 1, 4L << 20))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 MiB");
  }
}
