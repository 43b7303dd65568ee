package dev.hadal.cli;

import dev.hadal.generate.Penalties;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** What is done to logits before a draw. */
final class PenaltyOptions {
  /**
   * {@code 15043=-1.5}, or with the value's sign alone between the two, as in {@code 15043-1.5}.
   */
  private static final Pattern BIAS =
      Pattern.compile("(\\d{1,9})(?:=|(?=[+-]))([+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+|inf))");

  @Option(
      names = {"--repeat-penalty", "--repetition-penalty"},
      paramLabel = "R",
      defaultValue = "1",
      description =
          "Divide the positive logits of tokens of the prompt and the text by R, multiply the"
              + " others. Default: 1.")
  private double repetition;

  @Option(
      names = "--repeat-last-n",
      paramLabel = "N",
      defaultValue = "0",
      description = "Only the last N tokens count for --repeat-penalty; 0 (default): all.")
  private int repeatLastN;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      defaultValue = "0",
      description = "Lower the logits of tokens of the text by X.")
  private double presence;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      defaultValue = "0",
      description = "Lower the logits of tokens of the text by X for each time.")
  private double frequency;

  @Option(
      names = "--logit-bias",
      paramLabel = "ID=X",
      description =
          "Add X to a token's logit; -inf makes it impossible. May be given several times.")
  private List<String> bias = new ArrayList<>();

  Penalties read() {
    Map<Integer, Double> biases = new TreeMap<>();
    for (String one : bias) {
      Matcher matcher = BIAS.matcher(one);
      if (!matcher.matches()) {
        throw new UsageException("--logit-bias: expected ID=X, found '%s'".formatted(one));
      }
      String value = matcher.group(2).replace("inf", "Infinity");
      if (biases.put(Integer.valueOf(matcher.group(1)), Double.valueOf(value)) != null) {
        throw new UsageException(
            "--logit-bias: expected each token once, found %s twice".formatted(matcher.group(1)));
      }
    }
    return new Penalties(repetition, repeatLastN, presence, frequency, biases);
  }
}
