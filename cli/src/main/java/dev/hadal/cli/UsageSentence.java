package dev.hadal.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** One sentence for a command line that cannot be read. */
final class UsageSentence {
  private UsageSentence() {}

  static String of(ParameterException wrong, Map<String, String> environment) {
    return wrong instanceof MissingParameterException missing
        ? missing(missing)
        : wrong.getMessage() + origin(wrong, environment);
  }

  /** Fails with the nearest known word if the line holds one that is not known. */
  static void requireMatched(CommandLine line) {
    List<String> unmatched = line.getUnmatchedArguments();
    if (unmatched.isEmpty()) {
      return;
    }
    String word = unmatched.getFirst();
    boolean option = word.startsWith("-");
    String typed = option ? word.replaceFirst("=.*", "") : word;
    Optional<String> nearest = Nearest.of(typed, option ? options(line) : words(line));
    String hint =
        nearest
            .map(known -> "did you mean " + known + "?")
            .orElse(line.getCommandSpec().qualifiedName() + " --help lists what there is");
    throw new ParameterException(
        line,
        "%s '%s'; %s".formatted(option ? "unknown option" : "unexpected argument", typed, hint));
  }

  private static List<String> options(CommandLine line) {
    List<String> names = new ArrayList<>();
    for (OptionSpec option : line.getCommandSpec().options()) {
      names.addAll(List.of(option.names()));
    }
    return names;
  }

  private static List<String> words(CommandLine line) {
    return List.copyOf(line.getSubcommands().keySet());
  }

  private static String missing(MissingParameterException wrong) {
    String names =
        wrong.getMissing().stream().map(UsageSentence::name).collect(Collectors.joining(" and "));
    return names.isEmpty()
        ? String.valueOf(wrong.getMessage())
        : "expected " + names + ", found none";
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option
        ? option.longestName() + " " + option.paramLabel()
        : argument.paramLabel();
  }

  /** Names the environment variable that a wrong value came from. */
  private static String origin(ParameterException wrong, Map<String, String> environment) {
    if (wrong.getArgSpec() instanceof OptionSpec option) {
      String variable = EnvironmentDefaults.variable(option);
      String value = environment.get(variable);
      if (value != null && value.equals(wrong.getValue())) {
        return " (from the environment variable " + variable + ")";
      }
    }
    return "";
  }
}
