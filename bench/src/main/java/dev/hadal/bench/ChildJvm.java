package dev.hadal.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A JVM that runs a class of this module with the same modules or class path, line by line. */
final class ChildJvm implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;
  private static final String END = "\0end";

  private final Process process;
  private final Writer input;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>(1000);

  /**
   * Starts.
   *
   * @param without variables that the child must not inherit
   * @param with variables on top
   */
  ChildJvm(Class<?> main, List<String> arguments, Set<String> without, Map<String, String> with) {
    ProcessBuilder builder = new ProcessBuilder(command(main, arguments));
    builder.environment().keySet().removeAll(without);
    builder.environment().putAll(with);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new BenchException("a second JVM could not be started: " + e.getMessage(), e);
    }
    input = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
    Thread.ofVirtual().start(this::read);
  }

  private static List<String> command(Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    Module module = main.getModule();
    if (module.isNamed()) {
      command.add("--enable-native-access=" + module.getName());
      command.add("--module-path");
      command.add(System.getProperty("jdk.module.path"));
      command.add("--module");
      command.add(module.getName() + "/" + main.getName());
    } else {
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--class-path");
      command.add(System.getProperty("java.class.path"));
      command.add(main.getName());
    }
    command.addAll(arguments);
    return command;
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.put(line);
      }
      lines.put(END);
    } catch (IOException e) {
      lines.offer(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The next line that it prints. */
  String readLine() {
    try {
      String line = lines.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (line == null || line.equals(END)) {
        process.destroyForcibly();
        throw new BenchException(
            line == null
                ? "the second JVM did not answer within %d s".formatted(DEADLINE_SECONDS)
                : "the second JVM ended early");
      }
      return line;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted while waiting for the second JVM", e);
    }
  }

  /** Sends a line and returns the answer. */
  String ask(String line) {
    try {
      input.write(line + "\n");
      input.flush();
    } catch (IOException e) {
      throw new BenchException("the second JVM ended early: " + e.getMessage(), e);
    }
    return readLine();
  }

  @Override
  public void close() {
    try {
      input.close();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
