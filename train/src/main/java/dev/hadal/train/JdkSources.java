package dev.hadal.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The sources that come with a JDK, the default corpus: a lib/src.zip somewhere on the machine. */
public final class JdkSources {
  private JdkSources() {}

  /**
   * The sources of the JDK that runs this program, or of the one that {@code JAVA_HOME} names, or
   * of any in the usual places, the one with the last name first.
   */
  public static Optional<Path> find() {
    List<Path> homes = new ArrayList<>();
    homes.add(Path.of(System.getProperty("java.home")));
    String variable = System.getenv("JAVA_HOME");
    if (variable != null && !variable.isBlank()) {
      homes.add(Path.of(variable));
    }
    Path user = Path.of(System.getProperty("user.home"));
    homes.addAll(below(Path.of("/usr/lib/jvm")));
    homes.addAll(below(Path.of("/opt/java")));
    homes.addAll(below(Path.of("/opt")));
    homes.addAll(below(user.resolve(".sdkman/candidates/java")));
    homes.addAll(below(user.resolve(".jdks")));
    for (Path machine : below(Path.of("/Library/Java/JavaVirtualMachines"))) {
      homes.add(machine.resolve("Contents/Home"));
    }
    return find(homes);
  }

  /** The first of these homes' sources. Debian installs a link that leads nowhere; that is none. */
  static Optional<Path> find(List<Path> homes) {
    return homes.stream()
        .flatMap(home -> Stream.of(home.resolve("lib/src.zip"), home.resolve("src.zip")))
        .filter(file -> Files.isRegularFile(file) && Files.isReadable(file))
        .findFirst();
  }

  private static List<Path> below(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.sorted(java.util.Comparator.reverseOrder()).toList();
    } catch (IOException e) {
      // A folder that may not be read holds no JDK that could be used.
      return List.of();
    }
  }
}
