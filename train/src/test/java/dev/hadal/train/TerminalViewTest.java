package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalViewTest {
  private static final Terminal WIDE = new Terminal(true, false, true, 100);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long now;

  private TerminalView view(Terminal terminal) {
    return new TerminalView(
        new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, () -> now);
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theBlockIsAFunctionOfRecordsWidthAndClock() {
    TrainingBlock block = new TrainingBlock();
    StepRecord step =
        new StepRecord(
            1234,
            5_050_000,
            10_100_000,
            0,
            3e-3,
            2.1432,
            2.61,
            1e-4,
            0.8123,
            0.31,
            0.617,
            false,
            114,
            21_480,
            0.307,
            null,
            new HeldOutScore(StrictMath.log(2) * 1612, 400, 1000, 3),
            null);
    block.add(FakeRun.of(1, 1).getFirst(), 0);
    block.add(step, 100);
    assertThat(block.lines(WIDE, 101))
        .containsExactly(
            "step      1,234    ████████████████████░░░░░░░░░░░░░░░░░░░░"
                + "  50.0 %  5.05 M of 10.1 M tokens",
            "loss      2.1432   █▁  MTP loss 2.6100",
            "held out  1.6120 bits per byte at step 1,234",
            "speed     21,480 tokens/s, 30.7 % of the machine's peak",
            "gradient  0.8123 norm, learning rate 0.003000",
            "experts   0.310 MaxVio, MTP accepted 61.7 %",
            "time      1:41 elapsed, about 1:41 left");
  }

  /** Before the horizon is known the minutes say how far a run is. */
  @Test
  void anOpenRunIsShownByItsTime() {
    TrainingBlock block = new TrainingBlock();
    StepRecord step =
        new StepRecord(
            234, 433_000, 0, 180, 3e-3, 3.5, 0, 0, 0.8, 0.3, 0, false, 45, 9_600, 0.3, null, null,
            null);
    block.add(step, 50);
    assertThat(block.lines(WIDE, 50))
        .startsWith(
            "step      234      ██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  25.0 %  433 k tokens")
        .endsWith("time      0:50 elapsed, about 2:15 left");
    assertThat(block.line(50)).contains("step 234  25.0 %", "elapsed 0:50  left 2:15");
  }

  @Test
  void noLineReachesTheLastColumnWhateverTheWidth() {
    TrainingBlock block = new TrainingBlock();
    List<StepRecord> records = FakeRun.of(700, 2);
    for (StepRecord step : records) {
      block.add(step, step.seconds());
      for (int width : new int[] {20, 37, 80, 250}) {
        for (String line : block.lines(new Terminal(true, true, true, width), step.seconds())) {
          assertThat(line.length()).isLessThan(width);
        }
      }
    }
    assertThat(block.lines(new Terminal(true, true, false, 80), 9))
        .allMatch(line -> line.chars().allMatch(c -> c >= 0x20 && c < 0x7f));
  }

  @Test
  void aTerminalSeesOneBlockAndNoControlCharacterOfASample() {
    try (TerminalView view = view(WIDE)) {
      for (StepRecord step : FakeRun.of(400, 3)) {
        now += 20_000_000;
        view.step(step);
      }
      view.checkpoint(400, Path.of("run\u001b[2J/step-400"));
    }
    String text = text();
    String allowed = text.replaceAll("\u001b\\[7A\r\u001b\\[J", "");
    assertThat(allowed.chars().filter(c -> c != '\n' && Character.isISOControl(c))).isEmpty();
    assertThat(allowed).doesNotContain("\u202e", "\ud800").contains("␛[2J␛]0;title␇ ␀");
    assertThat(allowed).contains("checkpoint of step 400 in run␛[2J/step-400\n");
    // 20 ms apart, drawn at most ten times a second (samples and the end apart)
    int drawn = text.split("\u001b\\[7A").length;
    assertThat(drawn).isBetween(70, 100);
    String last = text.substring(text.lastIndexOf("\u001b[7A"));
    assertThat(last).contains("step      400 ");
  }

  @Test
  void otherOutputGetsPlainLinesAtAnInterval() {
    List<StepRecord> records = FakeRun.of(120, 4);
    try (TerminalView view = view(Terminal.plain(80))) {
      for (StepRecord step : records) {
        now += 500_000_000L;
        view.step(step);
      }
      view.message("saved");
    }
    String[] lines = text().split("\n");
    assertThat(lines[0]).startsWith("step 1  0.8 %  loss ");
    assertThat(text()).doesNotContain("\u001b").contains("\nsaved\n");
    assertThat(java.util.Arrays.stream(lines).filter(line -> line.startsWith("step ")))
        .hasSizeBetween(6, 12);
    assertThat(java.util.Arrays.stream(lines).filter(line -> line.startsWith("held out: ")))
        .hasSize(3);
    assertThat(text()).contains("step 120  100.0 %");
  }

  @Test
  void theLastStepIsShownEvenIfItCameTooSoon() {
    List<StepRecord> records = FakeRun.of(45, 5).subList(0, 44);
    try (TerminalView view = view(Terminal.plain(80))) {
      records.forEach(view::step);
    }
    assertThat(text()).contains("step 1  ", "step 44  ");
    assertThat(text().lines()).hasSize(2);
  }

  @Test
  void theEnvironmentDecidesWhatATerminalGets() {
    Map<String, String> usual = Map.of("TERM", "xterm-256color");
    assertThat(Terminal.of(true, usual, "UTF-8", 132))
        .isEqualTo(new Terminal(true, true, true, 132));
    assertThat(Terminal.of(false, usual, "UTF-8", 132))
        .isEqualTo(new Terminal(false, false, true, 80));
    assertThat(Terminal.of(true, Map.of("TERM", "dumb"), "UTF-8", 0).redraws()).isFalse();
    assertThat(Terminal.of(true, Map.of(), "UTF-8", 0).redraws()).isFalse();
    Map<String, String> noColour = Map.of("TERM", "xterm", "NO_COLOR", "1", "COLUMNS", "60");
    assertThat(Terminal.of(true, noColour, "ANSI_X3.4-1968", 132))
        .isEqualTo(new Terminal(true, false, false, 60));
    assertThat(Terminal.of(true, Map.of("TERM", "xterm", "COLUMNS", "x"), "", 0).width())
        .isEqualTo(80);
  }
}
