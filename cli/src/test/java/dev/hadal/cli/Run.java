package dev.hadal.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What a command left behind. */
record Run(int code, String out, String err) {

  /** Runs a command in this JVM without input. */
  static Run of(String... arguments) {
    return with("", Map.of(), arguments);
  }

  /** Runs a command in this JVM. */
  static Run with(String input, Map<String, String> environment, String... arguments) {
    return with(input.getBytes(StandardCharsets.UTF_8), environment, arguments);
  }

  /** Runs a command in this JVM. */
  static Run with(byte[] input, Map<String, String> environment, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new ByteArrayInputStream(input),
            new Output(out),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false);
    int code = new Program(console, environment).run(arguments);
    return new Run(
        code,
        out.toString(StandardCharsets.UTF_8),
        withoutFallback(err.toString(StandardCharsets.UTF_8)));
  }

  /** Whether a family of kernels is generated depends on the processor and is tested elsewhere. */
  private static String withoutFallback(String err) {
    return err.replaceAll("(?m)^hadal: warning: The Vector API, slower than generated .*\\R", "");
  }
}
