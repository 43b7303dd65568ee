package dev.hadal.train;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the place that output goes to can do.
 *
 * @param redraws whether lines can be drawn again in place: a terminal that is not dumb
 * @param colour whether colours are wanted (<a href="https://no-color.org">NO_COLOR</a> is not set)
 * @param unicode whether characters beyond ASCII arrive
 * @param width columns, from 20
 */
public record Terminal(boolean redraws, boolean colour, boolean unicode, int width) {
  private static final int NARROWEST = 20;
  private static final int WIDEST = 400;
  private static final int USUAL = 80;

  /** Keeps the width in its range. */
  public Terminal {
    width = Math.clamp(width, NARROWEST, WIDEST);
  }

  /** Output that is not a terminal. */
  public static Terminal plain(int width) {
    return new Terminal(false, false, true, width);
  }

  /** The terminal that this process writes to. */
  @SuppressWarnings("SystemConsoleNull") // null again where not interactive since JDK 25
  public static Terminal detect() {
    Console console = System.console();
    boolean terminal = console != null && console.isTerminal();
    return of(
        terminal, System.getenv(), System.getProperty("stdout.encoding", ""), terminalWidth());
  }

  static Terminal of(
      boolean terminal, Map<String, String> environment, String encoding, int measuredWidth) {
    boolean redraws = terminal && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    boolean colour = redraws && environment.getOrDefault("NO_COLOR", "").isEmpty();
    boolean unicode = encoding.isEmpty() || encoding.toUpperCase(Locale.ROOT).startsWith("UTF");
    int width = positive(environment.getOrDefault("COLUMNS", ""));
    if (width == 0) {
      width = terminal && measuredWidth > 0 ? measuredWidth : USUAL;
    }
    return new Terminal(redraws, colour, unicode, width);
  }

  /** Columns as {@code stty} tells them; 0 where it cannot. */
  private static int terminalWidth() {
    File device = new File("/dev/tty");
    if (!device.exists()) {
      return 0;
    }
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(device)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!stty.waitFor(500, TimeUnit.MILLISECONDS)) {
        stty.destroyForcibly();
        return 0;
      }
      byte[] output = stty.getInputStream().readNBytes(64);
      String[] size = new String(output, StandardCharsets.US_ASCII).strip().split(" ");
      return size.length == 2 ? positive(size[1]) : 0;
    } catch (IOException e) {
      return 0; // no stty, or no controlling terminal: the usual width will do
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static int positive(String number) {
    return number.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(number) : 0;
  }
}
