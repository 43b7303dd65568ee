package dev.hadal.train;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of a run as a few lines of text: a function of the records added and of the seconds
 * passed, and of nothing else.
 */
final class TrainingBlock {
  private static final int LABEL = 10;

  private final CurveHistory losses = new CurveHistory();
  private @Nullable StepRecord first;
  private @Nullable StepRecord last;
  private @Nullable StepRecord evaluated;
  private double lowestBits = Double.POSITIVE_INFINITY;
  private long skipped;
  private double firstSeconds;

  /**
   * Takes a record.
   *
   * @param seconds when it came, on the clock of {@link #lines}
   */
  void add(StepRecord step, double seconds) {
    if (first == null) {
      first = step;
      firstSeconds = seconds;
    }
    last = step;
    losses.add(step.loss());
    skipped += step.skipped() ? 1 : 0;
    HeldOutScore heldOut = step.heldOut();
    if (heldOut != null) {
      evaluated = step;
      lowestBits = Math.min(lowestBits, heldOut.bitsPerByte());
    }
  }

  /**
   * Seconds until the horizon, judged by the steps seen, or of the training that an open run still
   * has; NaN where nothing can be said.
   */
  double secondsLeft(double seconds) {
    if (last != null && last.totalSeconds() > 0) {
      return Math.max(0, last.totalSeconds() - last.seconds());
    }
    if (first == null || last == null || last.tokens() <= first.tokens()) {
      return Double.NaN;
    }
    double rate = (last.tokens() - first.tokens()) / (seconds - firstSeconds);
    return Math.max(0, last.totalTokens() - last.tokens()) / rate;
  }

  /** The block, each line at most one column short of the terminal's width. */
  List<String> lines(Terminal terminal, double seconds) {
    StepRecord step = last;
    if (step == null) {
      return List.of(fit("waiting for the first step", terminal));
    }
    int width = terminal.width() - 1;
    Bars bars = new Bars(terminal.unicode());
    List<String> lines = new ArrayList<>();
    String counts =
        "  %s  %s%s tokens"
            .formatted(
                NumberText.percent(share(step)),
                NumberText.shortCount(step.tokens()),
                step.totalTokens() > 0 ? " of " + NumberText.shortCount(step.totalTokens()) : "");
    String label = label("step") + "%-9s".formatted(NumberText.count(step.step()));
    int room = Math.clamp(width - label.length() - counts.length(), 0, 40);
    lines.add(label + bars.bar(share(step), room) + counts);
    String loss = label("loss") + "%-9s".formatted(NumberText.decimals(step.loss(), 4));
    String mtp = hasMtp(step) ? "  MTP loss " + NumberText.decimals(step.mtpLoss(), 4) : "";
    room = Math.clamp(width - loss.length() - mtp.length(), 0, 40);
    lines.add(loss + bars.sparkline(losses.columns(room)) + mtp);
    lines.add(label("held out") + heldOut());
    lines.add(
        label("speed")
            + "%s tokens/s, %s of the machine's peak"
                .formatted(
                    NumberText.decimals(step.tokensPerSecond(), 0),
                    NumberText.percent(step.peakShare())));
    lines.add(
        label("gradient")
            + "%s norm, learning rate %s%s"
                .formatted(
                    NumberText.significant(step.gradientNorm()),
                    NumberText.significant(step.learningRate()),
                    skipped == 0 ? "" : ", " + NumberText.count(skipped) + " skipped"));
    lines.add(
        label("experts")
            + "%s MaxVio, %s"
                .formatted(
                    NumberText.decimals(step.maxVio(), 3),
                    hasMtp(step) ? "MTP accepted " + accepted(step) : "no MTP layer"));
    lines.add(
        label("time")
            + "%s elapsed, about %s left"
                .formatted(
                    NumberText.duration(seconds), NumberText.duration(secondsLeft(seconds))));
    return lines.stream().map(line -> fit(line, terminal)).toList();
  }

  /** The same in one line, for output that cannot be redrawn. */
  String line(double seconds) {
    StepRecord step = last;
    if (step == null) {
      return "waiting for the first step";
    }
    return ("step %s  %s  loss %s  %s tokens/s (%s of peak)  gradient norm %s  MaxVio %s  MTP %s"
            + "  learning rate %s  elapsed %s  left %s%s")
        .formatted(
            NumberText.count(step.step()),
            NumberText.percent(share(step)),
            NumberText.decimals(step.loss(), 4),
            NumberText.decimals(step.tokensPerSecond(), 0),
            NumberText.percent(step.peakShare()),
            NumberText.significant(step.gradientNorm()),
            NumberText.decimals(step.maxVio(), 3),
            accepted(step),
            NumberText.significant(step.learningRate()),
            NumberText.duration(seconds),
            NumberText.duration(secondsLeft(seconds)),
            step.skipped() ? "  this step was skipped" : "");
  }

  private static boolean hasMtp(StepRecord step) {
    return step.mtpLoss() != 0;
  }

  private static String accepted(StepRecord step) {
    return hasMtp(step) ? NumberText.percent(step.mtpAcceptance()) : "–";
  }

  private String heldOut() {
    StepRecord step = evaluated;
    HeldOutScore score = step == null ? null : step.heldOut();
    if (step == null || score == null) {
      return "not evaluated yet";
    }
    String best =
        score.bitsPerByte() > lowestBits ? ", lowest " + NumberText.decimals(lowestBits, 4) : "";
    return "%s bits per byte at step %s%s"
        .formatted(
            NumberText.decimals(score.bitsPerByte(), 4), NumberText.count(step.step()), best);
  }

  /** How much of the run is done: of its tokens, of its time while it is open. */
  private static double share(StepRecord step) {
    if (step.totalSeconds() > 0) {
      return Math.clamp(step.seconds() / step.totalSeconds(), 0, 1);
    }
    return step.totalTokens() == 0
        ? 0
        : Math.clamp((double) step.tokens() / step.totalTokens(), 0, 1);
  }

  private static String label(String name) {
    return name + " ".repeat(LABEL - name.length());
  }

  private static String fit(String line, Terminal terminal) {
    String text = terminal.unicode() ? line : line.replace('–', '-').replace('…', '.');
    int width = terminal.width() - 1;
    return text.length() <= width ? text : text.substring(0, width);
  }
}
