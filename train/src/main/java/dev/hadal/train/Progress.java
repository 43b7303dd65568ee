package dev.hadal.train;

import java.io.PrintStream;
import java.util.function.LongSupplier;

/**
 * How far a piece of work is: one line that is drawn again in a terminal, a line every few seconds
 * elsewhere, and one last line when the work is done. Safe to use from several threads.
 */
public final class Progress implements AutoCloseable {
  private static final double REDRAW_SECONDS = 0.1;
  private static final double PLAIN_SECONDS = 5;
  private static final String ERASE = "\r\u001b[K";

  /** What is counted. */
  public enum Unit {
    /** Pieces, shown with k, M, G. */
    COUNT,
    /** Bytes, shown with KiB, MiB, GiB. */
    BYTES
  }

  private final PrintStream out;
  private final Terminal terminal;
  private final LongSupplier nanoseconds;
  private final String name;
  private final Unit unit;
  private final String noun;
  private final long total;
  private final long start;
  private double lastShown;
  private long done;
  private boolean closed;

  /**
   * Work that begins now.
   *
   * @param name what is done, such as {@code packing}
   * @param noun what is counted, such as {@code files}; empty for bytes
   * @param total how much there is; 0 where that is not known
   */
  public Progress(
      PrintStream out, Terminal terminal, String name, Unit unit, String noun, long total) {
    this(out, terminal, System::nanoTime, name, unit, noun, total);
  }

  Progress(
      PrintStream out,
      Terminal terminal,
      LongSupplier nanoseconds,
      String name,
      Unit unit,
      String noun,
      long total) {
    this.out = out;
    this.terminal = terminal;
    this.nanoseconds = nanoseconds;
    this.name = name;
    this.unit = unit;
    this.noun = noun.isEmpty() ? "" : " " + noun;
    this.total = total;
    this.start = nanoseconds.getAsLong();
    this.lastShown = terminal.redraws() ? Double.NEGATIVE_INFINITY : 0;
  }

  /** So much is done now, counted from the start. */
  public synchronized void update(long amount) {
    done = amount;
    double now = seconds();
    if (closed || now - lastShown < (terminal.redraws() ? REDRAW_SECONDS : PLAIN_SECONDS)) {
      return;
    }
    lastShown = now;
    String line = line(now);
    out.print(terminal.redraws() ? ERASE + line : line + "\n");
    out.flush();
  }

  /** So much more is done. */
  public synchronized void advance(long amount) {
    update(done + amount);
  }

  /** Ends the work and says how much was done in what time. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    double now = seconds();
    String line =
        fit(
            "%s  %s%s in %s s%s"
                .formatted(name, amount(done), noun, NumberText.decimals(now, 1), rate(now)));
    out.print((terminal.redraws() ? ERASE : "") + line + "\n");
    out.flush();
  }

  private String line(double now) {
    if (total <= 0) {
      return fit("%s  %s%s%s".formatted(name, amount(done), noun, rate(now)));
    }
    double share = Math.clamp((double) done / total, 0, 1);
    double left = done == 0 ? Double.NaN : now * Math.max(0, total - done) / done;
    String counts =
        "  %s  %s of %s%s%s  %s left"
            .formatted(
                NumberText.percent(share),
                amount(done),
                amount(total),
                noun,
                rate(now),
                NumberText.duration(left));
    int room = Math.clamp(terminal.width() - 3L - name.length() - counts.length(), 0, 30);
    String bar =
        terminal.redraws() && room >= 8
            ? "  " + new Bars(terminal.unicode()).bar(share, room - 2)
            : "";
    return fit(name + bar + counts);
  }

  private String rate(double now) {
    return now < 0.05 ? "" : "  " + amount(Math.round(done / now)) + "/s";
  }

  private String amount(long value) {
    return switch (unit) {
      case COUNT -> NumberText.shortCount(value);
      case BYTES -> NumberText.bytes(value);
    };
  }

  private String fit(String line) {
    String text = terminal.unicode() ? line : line.replace('–', '-');
    int width = terminal.width() - 1;
    return text.length() <= width || !terminal.redraws() ? text : text.substring(0, width);
  }

  private double seconds() {
    return (nanoseconds.getAsLong() - start) * 1e-9;
  }
}
