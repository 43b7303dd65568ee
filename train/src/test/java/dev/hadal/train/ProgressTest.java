package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long now = 7;

  private Progress progress(Terminal terminal, Progress.Unit unit, String noun, long total) {
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    return new Progress(out, terminal, () -> now, "packing", unit, noun, total);
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aTerminalLineIsDrawnAgainAtMostTenTimesASecond() {
    Terminal terminal = new Terminal(true, true, true, 100);
    try (Progress progress = progress(terminal, Progress.Unit.BYTES, "", 20 << 20)) {
      for (int i = 0; i < 200; i++) {
        now += 10_000_000;
        progress.advance(50 << 10);
      }
    }
    assertThat(text().split("\r\u001b\\[K", -1)).hasSizeBetween(20, 23);
    assertThat(text())
        .containsPattern(
            "\r\u001b\\[Kpacking  █+.?░+  4\\d\\.\\d %  9\\.\\d\\d MiB of 20\\.00 MiB"
                + "  4\\.88 MiB/s  0:02 left")
        .endsWith("\r\u001b[Kpacking  9.77 MiB in 2.0 s  4.88 MiB/s\n");
  }

  @Test
  void elsewhereALineComesEveryFewSeconds() {
    try (Progress progress = progress(Terminal.plain(80), Progress.Unit.COUNT, "files", 1000)) {
      for (int i = 1; i <= 100; i++) {
        now += 210_000_000;
        progress.update(10L * i);
      }
    }
    assertThat(text().lines())
        .containsExactly(
            "packing  24.0 %  240 of 1.00 k files  48/s  0:16 left",
            "packing  48.0 %  480 of 1.00 k files  48/s  0:11 left",
            "packing  72.0 %  720 of 1.00 k files  48/s  0:06 left",
            "packing  96.0 %  960 of 1.00 k files  48/s  0:01 left",
            "packing  1.00 k files in 21.0 s  48/s");
  }

  @Test
  void withoutATotalThereIsNoShare() {
    Terminal terminal = new Terminal(true, true, true, 80);
    Progress progress = progress(terminal, Progress.Unit.COUNT, "merges", 0);
    now += 2_000_000_000L;
    progress.update(5000);
    assertThat(text()).isEqualTo("\r\u001b[Kpacking  5.00 k merges  2.50 k/s");
    progress.close();
    progress.close();
    progress.update(6000);
    assertThat(text()).endsWith("packing  5.00 k merges in 2.0 s  2.50 k/s\n");
  }
}
