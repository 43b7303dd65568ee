package dev.hadal.train;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Shows a run while it trains. In a terminal a block of lines is drawn again in place, and messages
 * and samples scroll away above it; anywhere else plain lines come at an interval. Escape sequences
 * are the few that every terminal since the VT100 knows: cursor up, erase to the end of the line or
 * of the screen, colour.
 */
public final class TerminalView implements TrainingListener, AutoCloseable {
  private static final double REDRAW_SECONDS = 0.1;
  private static final double PLAIN_SECONDS = 10;
  private static final int SAMPLE_LINES = 8;
  private static final String DIM = "\u001b[2m";
  private static final String BOLD = "\u001b[1m";
  private static final String RESET = "\u001b[0m";

  private final PrintStream out;
  private final Terminal terminal;
  private final LongSupplier nanoseconds;
  private final long start;
  private final TrainingBlock block = new TrainingBlock();
  private double lastShown = Double.NEGATIVE_INFINITY;
  private int drawnLines;
  private boolean shownLatest = true;

  /** A view that counts time from now. */
  public TerminalView(PrintStream out, Terminal terminal) {
    this(out, terminal, System::nanoTime);
  }

  TerminalView(PrintStream out, Terminal terminal, LongSupplier nanoseconds) {
    this.out = out;
    this.terminal = terminal;
    this.nanoseconds = nanoseconds;
    this.start = nanoseconds.getAsLong();
  }

  @Override
  public synchronized void step(StepRecord step) {
    double now = seconds();
    block.add(step, now);
    StringBuilder text = new StringBuilder();
    if (terminal.redraws()) {
      StepRecord.Sample sample = step.sample();
      boolean due = now - lastShown >= REDRAW_SECONDS;
      shownLatest = due || sample != null;
      if (shownLatest) {
        erase(text);
        if (sample != null) {
          sample(text, step.step(), sample);
        }
        draw(text, now);
      }
    } else {
      HeldOutScore heldOut = step.heldOut();
      StepRecord.Sample sample = step.sample();
      boolean due = now - lastShown >= PLAIN_SECONDS;
      shownLatest = due || heldOut != null || sample != null || step.skipped();
      if (shownLatest) {
        text.append(ascii(block.line(now))).append('\n');
        lastShown = now;
      }
      if (heldOut != null) {
        text.append(
            "held out: %s bits per byte at step %s (%s tokens of %d files)%n"
                .formatted(
                    NumberText.decimals(heldOut.bitsPerByte(), 4),
                    NumberText.count(step.step()),
                    NumberText.count(heldOut.tokens()),
                    heldOut.files()));
      }
      if (sample != null) {
        sample(text, step.step(), sample);
      }
    }
    print(text);
  }

  @Override
  public synchronized void checkpoint(long step, Path folder) {
    note("checkpoint of step %s in %s".formatted(NumberText.count(step), folder));
  }

  @Override
  public synchronized void message(String sentence) {
    note(sentence);
  }

  /** Shows the latest step, if it was not shown, and leaves the block where it stands. */
  @Override
  public synchronized void close() {
    if (shownLatest) {
      return;
    }
    StringBuilder text = new StringBuilder();
    if (terminal.redraws()) {
      erase(text);
      draw(text, seconds());
    } else {
      text.append(ascii(block.line(seconds()))).append('\n');
    }
    shownLatest = true;
    print(text);
  }

  private void note(String sentence) {
    StringBuilder text = new StringBuilder();
    boolean drawn = drawnLines > 0;
    erase(text);
    text.append(ascii(SafeText.visible(sentence))).append('\n');
    if (drawn) {
      draw(text, seconds());
      shownLatest = true;
    }
    print(text);
  }

  private void sample(StringBuilder text, long step, StepRecord.Sample sample) {
    String title = "sample at step " + NumberText.count(step);
    text.append(terminal.colour() ? DIM + title + RESET : title).append('\n');
    String prompt = ascii(SafeText.visible(sample.prompt()));
    String written = ascii(SafeText.visible(sample.text()));
    String[] lines = (prompt + written).stripTrailing().split("\n", -1);
    int room = terminal.width() - 3;
    for (int line = 0; line < Math.min(lines.length, SAMPLE_LINES); line++) {
      text.append("  ").append(SafeText.shorten(lines[line], room)).append('\n');
    }
  }

  private void erase(StringBuilder text) {
    if (drawnLines > 0) {
      text.append("\u001b[").append(drawnLines).append("A\r\u001b[J");
      drawnLines = 0;
    }
  }

  private void draw(StringBuilder text, double now) {
    List<String> lines = block.lines(terminal, now);
    for (String line : lines) {
      if (terminal.colour() && line.length() > 10) {
        text.append(DIM).append(line, 0, 10).append(RESET + BOLD);
        int end = line.indexOf(' ', 10);
        int split = end < 0 ? line.length() : end;
        text.append(line, 10, split).append(RESET).append(line, split, line.length());
      } else {
        text.append(line);
      }
      text.append('\n');
    }
    drawnLines = lines.size();
    lastShown = now;
  }

  private String ascii(String text) {
    return terminal.unicode() ? text : text.replaceAll("[^\\x20-\\x7e\n]", "?");
  }

  private void print(CharSequence text) {
    if (!text.isEmpty()) {
      out.print(text);
      out.flush();
    }
  }

  private double seconds() {
    return (nanoseconds.getAsLong() - start) * 1e-9;
  }
}
