package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PositionedReadsTest {
  private static final int BYTES = 9_000_001;

  @TempDir Path folder;
  private final byte[] written = new byte[BYTES];
  private Path file = Path.of("");

  @BeforeEach
  void write() throws IOException {
    new Random(7).nextBytes(written);
    file = folder.resolve("packed.bin");
    Files.write(file, written);
  }

  private static byte[] bytes(MemorySegment memory) {
    return memory.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void partsAreReadFromTheirPlacesByAnInterruptedThreadToo() {
    try (PositionedReads reads = PositionedReads.open(file);
        Arena arena = Arena.ofShared()) {
      assertThat(reads.size()).isEqualTo(BYTES);
      MemorySegment all = arena.allocate(BYTES);
      MemorySegment some = arena.allocate(1000);
      Thread.currentThread().interrupt();
      PositionedReads.Pending pending =
          reads.begin(
              List.of(new PositionedReads.Part(0, all), new PositionedReads.Part(4567, some)));
      pending.await();
      assertThat(Thread.interrupted()).isTrue();
      assertThat(pending.ended()).isTrue();
      assertThat(bytes(all)).isEqualTo(written);
      assertThat(bytes(some)).isEqualTo(java.util.Arrays.copyOfRange(written, 4567, 5567));
      assertThat(reads.progress().bytes()).isEqualTo(BYTES + 1000);
      assertThat(reads.progress().nanos()).isPositive();
    }
  }

  @Test
  void nothingToReadEndsAtOnce() {
    try (PositionedReads reads = PositionedReads.open(file)) {
      reads.begin(List.of(new PositionedReads.Part(3, MemorySegment.NULL))).await();
      assertThat(reads.progress()).isEqualTo(new PositionedReads.Progress(0, 0));
    }
  }

  @Test
  void aShorterFileIsASentence() throws IOException {
    try (PositionedReads reads = PositionedReads.open(file);
        Arena arena = Arena.ofShared()) {
      MemorySegment part = arena.allocate(1000);
      try (RandomAccessFile other = new RandomAccessFile(file.toFile(), "rw")) {
        other.setLength(5000);
      }
      PositionedReads.Pending pending = reads.begin(List.of(new PositionedReads.Part(4800, part)));
      assertThatThrownBy(pending::await)
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("packed.bin: expected 1000 bytes from byte 4800 on, found 200");
      assertThat(pending.awaitEnd()).isTrue();
    }
  }

  @Test
  void aChangedFileIsASentenceARemovedOneStaysOpen() throws IOException {
    try (PositionedReads reads = PositionedReads.open(file);
        Arena arena = Arena.ofShared()) {
      List<PositionedReads.Part> parts = List.of(new PositionedReads.Part(0, arena.allocate(1000)));
      FileTime time = Files.getLastModifiedTime(file);
      Files.setLastModifiedTime(file, FileTime.fromMillis(time.toMillis() + 1));
      PositionedReads.Pending pending = reads.begin(parts);
      assertThatThrownBy(pending::await)
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("changed while they were in use");
      Files.delete(file);
      reads.begin(parts).await();
      Files.write(file, new byte[3]);
      reads.begin(parts).await();
    }
    assertThatThrownBy(() -> PositionedReads.open(folder.resolve("nothing")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("cannot be read");
  }
}
