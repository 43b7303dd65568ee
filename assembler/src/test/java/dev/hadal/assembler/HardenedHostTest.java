package dev.hadal.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the system really refuses executable memory, nothing is known and the reason is told. */
class HardenedHostTest {
  @TempDir Path folder;

  @Test
  void theRefusalIsTold() throws Exception {
    assumeThat(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
        .as("a system with generated code")
        .isEqualTo("Linux amd64");
    Path out = folder.resolve("out");
    Path main = Path.of("target", "classes").toAbsolutePath();
    Path test = Path.of("target", "test-classes").toAbsolutePath();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xint", // so that the JVM itself needs no more executable memory
                "-XX:InitialCodeCacheSize=32m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                main + ":" + test,
                HardenedHost.class.getName())
            .redirectOutput(out.toFile())
            .redirectErrorStream(true)
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String said = Files.readString(out, StandardCharsets.UTF_8).strip();
    assumeThat(said).as("Linux that can forbid it").isNotEqualTo(HardenedHost.UNKNOWN);
    assertThat(said)
        .isEqualTo(
            "[] No executable memory: the system refused MPROTECT of 4096 bytes with error 13");
    assertThat(process.exitValue()).isZero();
  }
}
