package dev.hadal.cli;

import dev.hadal.kernels.KernelChoice;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * One run of the command line: finds the command, reads its arguments, does it, and makes one
 * sentence and an exit code of whatever goes wrong.
 *
 * @param console where to read and write
 * @param environment variables that stand for options
 */
record Program(Console console, Map<String, String> environment) {
  private static final int WIDTH = 100;
  private static final Set<String> HELP = Set.of("-h", "--help", "help");
  private static final Set<String> VERSION = Set.of("-V", "--version", "version");

  /** Runs a command and gives the process's exit code. */
  int run(String... arguments) {
    String name = "hadal";
    try {
      ExitCode code;
      if (arguments.length == 0) {
        throw new UsageException("expected a command; hadal --help lists them");
      } else if (VERSION.contains(arguments[0])) {
        Version.print(console);
        code = ExitCode.DONE;
      } else if (HELP.contains(arguments[0])) {
        code = help(arguments);
      } else {
        Verb verb = verb(arguments[0]);
        name = "hadal " + verb.word();
        code = run(verb, Arrays.copyOfRange(arguments, 1, arguments.length));
      }
      console.out().flush();
      return code.number();
    } catch (RuntimeException | Error failure) {
      return report(name, failure, arguments).number();
    }
  }

  private ExitCode help(String... arguments) {
    if (arguments.length > 1) {
      return run(verb(arguments[1]), "--help");
    }
    Output out = console.out();
    out.println("Usage: hadal COMMAND [OPTION…]");
    out.println("Trains, evaluates and serves models of the DeepSeek-V3 architecture.");
    out.println("");
    for (Verb verb : Verb.values()) {
      out.println("  %-12s%s".formatted(verb.word(), verb.summary()));
    }
    out.println("");
    out.println("hadal COMMAND --help tells more; hadal --version says what this is.");
    return ExitCode.DONE;
  }

  private static Verb verb(String word) {
    for (Verb verb : Verb.values()) {
      if (verb.word().equals(word)) {
        return verb;
      }
    }
    String what = word.startsWith("-") ? "a command, found the option" : "a command, found";
    Optional<String> nearest = Nearest.of(word, Verb.words());
    throw new UsageException(
        "expected %s '%s'; %s"
            .formatted(
                what,
                word,
                nearest
                    .map(known -> "did you mean " + known + "?")
                    .orElse("hadal --help lists them")));
  }

  private ExitCode run(Verb verb, String... arguments) {
    if (verb.wantsQuickStart()) {
      Thread.ofPlatform().daemon().name("link").start(Program::linkAhead);
    }
    CommandLine line = verb.commandLine(console);
    boolean colours = console.terminal() && !environment.containsKey("NO_COLOR");
    line.setColorScheme(CommandLine.Help.defaultColorScheme(colours ? Ansi.ON : Ansi.OFF));
    line.setUsageHelpWidth(WIDTH);
    line.setDefaultValueProvider(new EnvironmentDefaults(environment));
    line.setCommandName("hadal " + verb.word());
    // A prompt may begin with @ or hold ${…}: neither is a file or a variable.
    line.setExpandAtFiles(false);
    line.setInterpolateVariables(false);
    // A mistyped word is told by us, before what is missing because of it.
    line.setUnmatchedArgumentsAllowed(true);
    CommandLine chosen = parse(line, arguments);
    if (chosen.isUsageHelpRequested()) {
      console.out().print(chosen.getUsageMessage());
      return ExitCode.DONE;
    }
    if (chosen.getCommand() instanceof Action action) {
      return action.run();
    }
    throw new UsageException(
        "expected one of " + String.join(", ", chosen.getSubcommands().keySet()));
  }

  /** Beside the reading of the arguments. What fails here fails again where kernels are opened. */
  private static void linkAhead() {
    try {
      KernelChoice.linkAhead();
    } catch (RuntimeException e) {
      return;
    }
  }

  /** The command at the end of the line; with a request for help what is missing is not. */
  private static CommandLine parse(CommandLine line, String... arguments) {
    try {
      ParseResult result = line.parseArgs(arguments);
      while (result.hasSubcommand()) {
        result = result.subcommand();
      }
      CommandLine chosen = result.commandSpec().commandLine();
      UsageSentence.requireMatched(chosen);
      return chosen;
    } catch (MissingParameterException missing) {
      UsageSentence.requireMatched(missing.getCommandLine());
      throw missing;
    }
  }

  private ExitCode report(String name, Throwable failure, String... arguments) {
    ExitCode code = Failures.codeOf(failure);
    if (code == ExitCode.DONE) {
      return code;
    }
    String who = name;
    String sentence = Failures.sentence(failure);
    if (failure instanceof ParameterException wrong) {
      who = wrong.getCommandLine().getCommandSpec().qualifiedName();
      sentence = UsageSentence.of(wrong, environment);
    }
    if (code == ExitCode.DEFECT) {
      sentence =
          "this is a defect of Hadal, please report it with the output of the same command with"
              + " --stacktrace: "
              + sentence;
    }
    flushQuietly();
    console.note(who + ": " + oneLine(sentence));
    boolean trace =
        Arrays.asList(arguments).contains("--stacktrace") || isOn(environment.get("HADAL_DEBUG"));
    if (trace) {
      failure.printStackTrace(console.err());
    }
    return code;
  }

  private static boolean isOn(@Nullable String value) {
    return value != null && !value.isEmpty() && !value.equals("0") && !value.equals("false");
  }

  private static String oneLine(String sentence) {
    return sentence.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** What was computed before a failure is the user's; a second failure says nothing new. */
  private void flushQuietly() {
    try {
      console.out().flush();
    } catch (OutputException e) {
      // The first failure is the one to tell.
    }
  }
}
