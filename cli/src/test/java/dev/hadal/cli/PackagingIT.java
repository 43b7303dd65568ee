package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Starts what was packaged, as modules in a JVM of its own. */
class PackagingIT {
  private static final String MODULES =
      Path.of("target/modules") + File.pathSeparator + Path.of("target/hadal-cli-0.1.0.jar");

  private static Run start(List<String> options, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-p", MODULES));
    command.addAll(options);
    command.addAll(List.of("-m", "dev.hadal.cli/dev.hadal.cli.Main"));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).start();
      process.getOutputStream().close();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new Run(
          process.exitValue(),
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
          new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  void helpAndVersionArePrintedWithoutAWordElse() {
    Run help = start(List.of(), "--help");
    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).contains("tokenizer", "generate");
    Run version = start(List.of(), "--version");
    assertThat(version.out()).startsWith("hadal " + Version.NUMBER);
    assertThat(version.code()).isZero();
  }

  @Test
  void theTokenizerWorks() {
    Run run =
        start(
            List.of(), "tokenizer", "encode", "--tokenizer", TestFiles.TOKENIZER.toString(), "a b");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).matches("[0-9 ]+\n");
    assertThat(run.code()).isZero();
  }

  @Test
  void wrongUseIsOneSentence() {
    Run flag = start(List.of(), "generate", "--modle", "x");
    assertThat(flag.err())
        .isEqualTo("hadal generate: unknown option '--modle'; did you mean --model?\n");
    assertThat(flag.code()).isEqualTo(64);
    Run file = start(List.of(), "score", "-m", "x", "--ids", "nowhere.json", "-o", "target/x");
    assertThat(file.err()).isEqualTo("hadal score: nowhere.json: there is no such file\n");
    assertThat(file.code()).isEqualTo(65);
  }

  @Test
  void aCommandComputesWithTheVectorModule() {
    Path ids = TestFiles.write(Path.of("target/packaging-ids.json"), "[[1, 2, 3]]");
    Run run =
        start(
            // No other module may need native access: the launcher only has the JVM warn of it.
            List.of(
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=dev.hadal.assembler,dev.hadal.tensor,dev.hadal.kernels",
                "--illegal-native-access=deny"),
            "score",
            "-m",
            TestFiles.MODEL.toString(),
            "--ids",
            ids.toString(),
            "-o",
            "target/packaging.safetensors",
            "--with",
            "hidden,router,mtp");
    assertThat(run.out()).contains("prompt 0: 3 tokens");
    assertThat(run.code()).isZero();
  }
}
