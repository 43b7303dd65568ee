package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The script that gives picocli's class files the form that the AOT cache takes. */
final class RaiseClassFilesTest {
  private static final int JAVA_8 = 52;

  @TempDir private Path folder = Path.of("");

  @Test
  void allClassesAreRaisedAndPassTheVerifier() throws Exception {
    Path jar =
        Path.of(CommandLine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path raised = folder.resolve("raised.jar");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                Path.of("..", "scripts", "RaiseClassFiles.java").toString(),
                jar.toString(),
                raised.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();

    assertThat(names(raised)).isEqualTo(names(jar));
    try (JarFile file = new JarFile(raised.toFile());
        URLClassLoader loader =
            new URLClassLoader(
                new URL[] {raised.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      for (String name : names(raised)) {
        if (name.endsWith(".class") && !name.contains("-info")) {
          byte[] bytes = file.getInputStream(file.getEntry(name)).readAllBytes();
          assertThat((int) bytes[7]).as(name).isGreaterThanOrEqualTo(JAVA_8);
          verify(name.substring(0, name.length() - 6).replace('/', '.'), loader);
        }
      }
    }
  }

  /** Initializing verifies; a class for which a library is missing is left out. */
  private static void verify(String name, ClassLoader loader) throws ClassNotFoundException {
    try {
      Class.forName(name, true, loader);
    } catch (NoClassDefFoundError e) {
      assertThat(e).hasMessageNotContaining("picocli");
    }
  }

  private static List<String> names(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return Collections.list(file.entries()).stream().map(JarEntry::getName).toList();
    }
  }
}
