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
        now += 200_000_000;
        progress.update(10L * i);
      }
    }
    assertThat(text().lines())
        .containsExactly(
            "packing  25.0 %  250 of 1.00 k files  50/s  0:15 left",
            "packing  50.0 %  500 of 1.00 k files  50/s  0:10 left",
            "packing  75.0 %  750 of 1.00 k files  50/s  0:05 left",
            "packing  100.0 %  1.00 k of 1.00 k files  50/s  0:00 left",
            "packing  1.00 k files in 20.0 s  50/s");
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
