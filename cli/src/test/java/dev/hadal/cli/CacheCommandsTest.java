package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.model.PackedCache;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheCommandsTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final Output out = new Output(printed);
  private final Console console =
      new Console(
          new ByteArrayInputStream(new byte[0]),
          out,
          new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
          false,
          false);

  private PackedCache cache() {
    return new PackedCache(folder, 1 << 20, console::note);
  }

  private String printed() {
    out.flush();
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** What a process that was ended while it packed leaves. */
  @BeforeEach
  void leaveHalf() throws IOException {
    Path half = Files.createDirectories(folder.resolve("half"));
    Files.write(half.resolve("packed.bin"), new byte[1234]);
  }

  @Test
  void entriesAreListed() {
    assertThat(new CacheCommand(console, this::cache).run()).isEqualTo(ExitCode.DONE);
    assertThat(printed()).contains("1,234 bytes").contains("not whole").contains("1 packed models");
  }

  @Test
  void whatDoesNotHoldIsAFailedCheck() throws IOException {
    assertThat(new CacheVerifyCommand(console, this::cache).run()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(printed()).contains("does not hold");
    Files.delete(folder.resolve("half").resolve("packed.bin"));
    assertThat(new CacheVerifyCommand(console, this::cache).run()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void everythingIsRemoved() {
    assertThat(new CacheClearCommand(console, this::cache).run()).isEqualTo(ExitCode.DONE);
    assertThat(printed()).contains("removed 1 packed models, 1,234 bytes");
    assertThat(folder).isEmptyDirectory();
  }
}
