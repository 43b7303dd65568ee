package dev.hadal.cli;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Every option is also an environment variable: {@code --top-k} is {@code HADAL_TOP_K}. */
record EnvironmentDefaults(Map<String, String> environment) implements IDefaultValueProvider {

  @Override
  @SuppressWarnings("NullAway") // picocli wants null where there is no default
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || option.usageHelp()) {
      return null;
    }
    String value = environment.get(variable(option));
    if (value == null || !option.typeInfo().isBoolean()) {
      return value;
    }
    return switch (value) {
      case "1" -> "true";
      case "", "0" -> "false";
      default -> value;
    };
  }

  /** The variable of an option, named after the option's longest name. */
  static String variable(OptionSpec option) {
    return "HADAL_"
        + option.longestName().replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
