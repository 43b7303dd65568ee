package dev.hadal.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.generate.SamplingOptions;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** The example of README.md has ten lines, compiles as it stands, and runs. */
@Isolated
class ReadmeExampleTest {
  private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final String MODEL = "runs/quickstart/run-1";
  private static final String PROMPT = "public static void";

  @TempDir private static Path folder = Path.of("");

  private static String example() throws IOException {
    Matcher example = EXAMPLE.matcher(Files.readString(Path.of("..", "README.md")));
    assertThat(example.find()).as("a java block in README.md").isTrue();
    return example.group(1);
  }

  @Test
  void theExampleHasTenLines() throws IOException {
    assertThat(example().lines().filter(line -> !line.isBlank()).count()).isLessThanOrEqualTo(10);
    assertThat(example()).containsOnlyOnce(MODEL).containsOnlyOnce(PROMPT);
  }

  @Test
  void theExampleCompilesAndRuns() throws Exception {
    Path model = TestModel.write(folder.resolve("model"), 7);
    Path source = folder.resolve("Example.java");
    Files.writeString(source, example().replace(MODEL, model.toString()));
    Path classes = Files.createDirectory(folder.resolve("classes"));
    compile(source, classes);
    String expected;
    try (LanguageModel same = LanguageModel.load(model)) {
      expected = same.generate(PROMPT, SamplingOptions.greedy(64)).text();
    }
    assertThat(run(classes)).isEqualTo(expected).isNotEmpty();
  }

  private static void compile(Path source, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> options =
        List.of(
            "-d",
            classes.toString(),
            "-Xlint:all",
            "-Werror",
            "-proc:none",
            "--class-path",
            System.getProperty("java.class.path")
                + File.pathSeparator
                + System.getProperty("jdk.module.path", ""));
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      boolean compiled =
          compiler
              .getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
              .call();
      assertThat(compiled).as(messages.toString()).isTrue();
    }
  }

  /** What the example prints. */
  private static String run(Path classes) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    URL[] place = {classes.toUri().toURL()};
    try (URLClassLoader loader =
            new URLClassLoader(place, ReadmeExampleTest.class.getClassLoader());
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      Class<?> type = loader.loadClass("Example");
      Constructor<?> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      Method main = type.getDeclaredMethod("main");
      main.setAccessible(true);
      System.setOut(out);
      main.invoke(constructor.newInstance());
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
