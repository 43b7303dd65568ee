package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a tree of its own, with a Maven and a JDK that only say what they are told. */
class LauncherTest {
  private static final String MAVEN =
      """
      #!/bin/bash
      echo build >> "$PWD/builds"
      sleep 0.4
      if [ -f fail ]; then cat fail; exit 1; fi
      mkdir -p cli/target/modules && echo jar > cli/target/modules/a.jar && echo jar > cli/target/hadal-cli-0.1.0.jar
      """;

  private static final String JAVA =
      """
      #!/bin/bash
      for word in "$@"; do
        case "$word" in
          --families) echo asked >> "$0.asked"; exit "$(< "$0.families")" ;;
          -XX:AOTCacheOutput=*) echo made >> "$0.made"; [ ! -e "$0.fails" ] || exit 1
            echo cache > "${word#*=}"; exit 0 ;;
        esac
      done
      for word in "$@"; do echo "[$word]"; done
      cat
      exit 7
      """;

  private static final String[] TOOLS = {
    "bash",
    "cat",
    "cp",
    "date",
    "dirname",
    "env",
    "find",
    "flock",
    "grep",
    "head",
    "ln",
    "mkdir",
    "mv",
    "nice",
    "readlink",
    "rm",
    "sed",
    "sleep",
    "sort",
    "timeout",
    "touch"
  };

  @TempDir private Path folder = Path.of("");

  private final Map<String, String> variables = new HashMap<>();
  private Path home = Path.of("");
  private Path tools = Path.of("");

  @BeforeEach
  void tree() throws IOException {
    home = Files.createDirectories(folder.resolve("a home"));
    tools = Files.createDirectories(folder.resolve("tools"));
    Files.createDirectories(home.resolve("scripts"));
    Files.createDirectories(home.resolve("x/src/main/java"));
    TestFiles.write(home.resolve("x/src/main/java/A.java"), "class A {}");
    TestFiles.write(home.resolve("x/src/main/java/B.java"), "class B {}");
    TestFiles.write(home.resolve("pom.xml"), "<project/>");
    for (String name :
        List.of(
            "hadal",
            "scripts/find-java.sh",
            "scripts/build-if-needed.sh",
            "scripts/start-cache.sh")) {
      Files.copy(Path.of("..").resolve(name), home.resolve(name));
    }
    executable(home.resolve("hadal"), null);
    Path jdk = folder.resolve("a jdk");
    Files.createDirectories(jdk.resolve("bin"));
    TestFiles.write(jdk.resolve("release"), "JAVA_VERSION=\"25.0.9\"\n");
    executable(jdk.resolve("bin/java"), JAVA);
    TestFiles.write(jdk.resolve("bin/java.families"), "1\n");
    executable(jdk.resolve("bin/javac"), JAVA);
    for (String tool : TOOLS) {
      executable(tools.resolve(tool), "#!/bin/bash\nexec /usr/bin/" + tool + " \"$@\"\n");
    }
    executable(tools.resolve("mvn"), MAVEN);
  }

  private static void executable(Path file, @org.jspecify.annotations.Nullable String text)
      throws IOException {
    if (text != null) {
      TestFiles.write(file, text);
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Process begin(Path launcher, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("/usr/bin/env", "bash", launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("PATH", tools.toString());
    builder.environment().put("JAVA_HOME", folder.resolve("a jdk").toString());
    builder.environment().keySet().removeIf(name -> name.startsWith("HADAL_"));
    builder.environment().put("HADAL_START_CACHE", "off");
    builder.environment().putAll(variables);
    return builder.start();
  }

  private static Run end(Process process, String input) throws Exception {
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // A launcher that fails before it starts Java reads nothing.
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(
        process.exitValue(),
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
        new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
  }

  private Run start(String... arguments) throws Exception {
    return end(begin(home.resolve("hadal"), arguments), "");
  }

  private long builds() throws IOException {
    Path file = home.resolve("builds");
    return Files.exists(file) ? Files.readAllLines(file).size() : 0;
  }

  @Test
  void buildsOnceAndHandsOnArgumentsInputAndExitCode() throws Exception {
    Run first = end(begin(home.resolve("hadal"), "tokenizer", "a b", "*", ""), "typed text\n");
    assertThat(first.code()).isEqualTo(7);
    assertThat(first.out()).contains("[tokenizer]\n[a b]\n[*]\n[]\ntyped text\n");
    assertThat(first.out()).contains("[" + home.toRealPath().resolve("build/modules-1") + "]");
    assertThat(first.err()).contains("hadal: built in");
    Run second = start("--help");
    assertThat(second.err()).isEmpty();
    assertThat(second.out()).doesNotContain("incubator");
    assertThat(start("generate").out()).contains("[--add-modules]\n[jdk.incubator.vector]");
    assertThat(builds()).isOne();
  }

  @Test
  void worksThroughASymbolicLink() throws Exception {
    Path link = folder.resolve("link to hadal");
    Files.createSymbolicLink(link, home.resolve("hadal"));
    assertThat(end(begin(link, "x"), "").code()).isEqualTo(7);
    assertThat(builds()).isOne();
  }

  @Test
  void aChangedOrDeletedSourceBuildsAnew() throws Exception {
    start("x");
    Path source = home.resolve("x/src/main/java/A.java");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));
    assertThat(start("x").out()).contains("modules-2]");
    assertThat(builds()).isEqualTo(2);
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().minusSeconds(60)));
    Files.delete(home.resolve("x/src/main/java/B.java"));
    Files.setLastModifiedTime(source.getParent(), FileTime.from(Instant.now().plusSeconds(1)));
    Run third = start("x");
    assertThat(third.out()).contains("modules-3]");
    try (Stream<Path> kept = Files.list(home.resolve("build"))) {
      assertThat(kept.map(path -> path.getFileName().toString()))
          .contains("modules", "modules-2", "modules-3")
          .doesNotContain("modules-1");
    }
  }

  @Test
  void concurrentStartsBuildOnce() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(begin(home.resolve("hadal"), "x"));
    }
    for (Process process : processes) {
      assertThat(end(process, "").code()).isEqualTo(7);
    }
    assertThat(builds()).isOne();
  }

  @Test
  void aFailedBuildSaysWhatToDoAndKeepsTheLastOne() throws Exception {
    start("x");
    Files.setLastModifiedTime(home.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(1)));
    TestFiles.write(home.resolve("fail"), "[ERROR] /x/A.java:[1,2] ';' expected\n");
    Run failed = start("x");
    assertThat(failed.code()).isEqualTo(75);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err()).contains("';' expected").contains("the build failed");
    assertThat(home.resolve("build/modules-1/a.jar")).exists();
    TestFiles.write(home.resolve("fail"), "[ERROR] Could not transfer artifact a:b:1\n");
    assertThat(start("x").err()).contains("libraries that Maven could not fetch");
    Files.delete(home.resolve("fail"));
    assertThat(start("x").code()).isEqualTo(7);
  }

  @Test
  void whatIsMissingIsNamedInOneSentence() throws Exception {
    Files.delete(tools.resolve("mvn"));
    Run run = start("--help");
    assertThat(run.code()).isEqualTo(78);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("hadal: Maven was not found");
  }

  private long lines(String file) throws IOException {
    Path path = folder.resolve("a jdk/bin").resolve(file);
    return Files.exists(path) ? Files.readAllLines(path).size() : 0;
  }

  @Test
  void theVectorModuleIsLoadedOnlyWhereItsKernelsRun() throws Exception {
    assertThat(start("generate").out()).contains("[jdk.incubator.vector]");
    start("generate");
    assertThat(lines("java.asked")).isOne();
    TestFiles.write(folder.resolve("a jdk/bin/java.families"), "0\n");
    assertThat(start("generate").out()).contains("[jdk.incubator.vector]");
    // Another build is asked anew.
    Files.setLastModifiedTime(home.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(1)));
    assertThat(start("generate").out()).doesNotContain("incubator");
    assertThat(lines("java.asked")).isEqualTo(2);
    assertThat(start("train", "--kernels", "vector").out()).contains("[jdk.incubator.vector]");
    assertThat(start("train", "--kernels=vector").out()).contains("[jdk.incubator.vector]");
    variables.put("HADAL_KERNELS", "vector");
    assertThat(start("generate").out()).contains("[jdk.incubator.vector]");
    assertThat(start("generate", "--kernels", "auto").out()).doesNotContain("incubator");
    assertThat(start("generate", "--kernels", "auto").out()).contains("TieredStopAtLevel=1");
    assertThat(start("serve", "--kernels", "auto").out()).doesNotContain("Tiered");
    assertThat(start("generate").out()).doesNotContain("Tiered");
    assertThat(start("generate", "--kernels=reference").out()).doesNotContain("Tiered");
  }

  /** Starts until a start uses a cache; the making of one is not waited for. */
  private boolean usesCache(String command) throws Exception {
    for (int attempt = 0; attempt < 100; attempt++) {
      if (start(command).out().contains("[-XX:AOTCache=")) {
        return true;
      }
      Thread.sleep(50);
    }
    return false;
  }

  @Test
  void aCacheIsMadeOnceAndUsedUntilTheBuildChanges() throws Exception {
    variables.put("HADAL_START_CACHE", "on");
    Run first = start("generate");
    assertThat(first.code()).isEqualTo(7);
    assertThat(first.err()).contains("hadal: built in").doesNotContain("cache");
    assertThat(first.out()).doesNotContain("AOT");
    assertThat(usesCache("generate")).isTrue();
    assertThat(start("train").out()).doesNotContain("AOT");
    assertThat(usesCache("--help")).isTrue();
    assertThat(lines("java.made")).isEqualTo(2);
    variables.put("HADAL_JAVA_OPTIONS", "-Xshare:off");
    assertThat(start("--help").out()).doesNotContain("AOT");
    variables.remove("HADAL_JAVA_OPTIONS");
    Files.setLastModifiedTime(home.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(1)));
    // A build before that moment would count as older than the file, and be made again.
    Thread.sleep(1_200);
    assertThat(start("--help").out()).doesNotContain("AOT");
    assertThat(usesCache("--help")).isTrue();
    assertThat(lines("java.made")).isEqualTo(3);
    Files.setLastModifiedTime(home.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(2)));
    variables.put("HADAL_START_CACHE", "off");
    start("x");
    try (Stream<Path> kept = Files.list(home.resolve("build"))) {
      assertThat(kept.map(path -> path.getFileName().toString())).doesNotContain("start-1");
    }
  }

  @Test
  void aCacheThatCannotBeMadeIsNotTriedAgain() throws Exception {
    variables.put("HADAL_START_CACHE", "on");
    TestFiles.write(folder.resolve("a jdk/bin/java.fails"), "");
    start("--help");
    for (int attempt = 0; attempt < 100 && !failed(); attempt++) {
      Thread.sleep(50);
    }
    assertThat(failed()).isTrue();
    Run run = start("--help");
    assertThat(run.code()).isEqualTo(7);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).doesNotContain("AOT");
    assertThat(lines("java.made")).isOne();
  }

  private boolean failed() throws IOException {
    try (Stream<Path> files = Files.walk(home.resolve("build"))) {
      return files.anyMatch(path -> path.toString().endsWith(".failed"));
    }
  }
}
