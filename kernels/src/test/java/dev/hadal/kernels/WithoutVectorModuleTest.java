package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.CpuFeature;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernels in a JVM that was started without the module of the Vector API. */
class WithoutVectorModuleTest {
  @TempDir Path folder;

  private List<String> start(KernelTier tier) throws Exception {
    Path out = folder.resolve("out");
    List<String> path = new ArrayList<>();
    for (String module : List.of("kernels", "tensor", "numerics", "assembler")) {
      path.add(location(module));
    }
    path.add(Path.of("target", "test-classes").toAbsolutePath().toString());
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                String.join(File.pathSeparator, path),
                WithoutVectorModule.class.getName(),
                tier.label())
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(out, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as("%s", lines).isZero();
    return lines;
  }

  /** Where the module's classes are. */
  private static String location(String name) throws Exception {
    Class<?> one =
        switch (name) {
          case "kernels" -> Kernels.class;
          case "tensor" -> dev.hadal.tensor.Tensor.class;
          case "numerics" -> dev.hadal.numerics.BFloat16.class;
          default -> CodeLoader.class;
        };
    return Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }

  @Test
  void everyFamilyIsServedAndTheLawHolds() throws Exception {
    List<String> lines = start(KernelTier.AUTO);
    assertThat(lines).contains("[4.0, 4.0, 10.0, 13.0]");
    for (KernelFamily family : KernelFamily.values()) {
      assertThat(lines).anyMatch(line -> line.matches(family + " (GENERATED|REFERENCE)"));
    }
    long fallBacks = lines.stream().filter(line -> line.endsWith(" REFERENCE")).count();
    List<String> warnings = lines.stream().filter(line -> line.startsWith("warning: ")).toList();
    assertThat(warnings).hasSize(fallBacks == 0 ? 0 : 1);
    assertThat(warnings).allMatch(warning -> warning.contains("start with --kernels vector"));
    boolean generates = CodeLoader.ofThisMachine().processor().has(CpuFeature.AVX512F);
    assertThat(lines).contains("probe: " + generates);
  }

  @Test
  void theVectorTierIsRefusedInOneSentence() throws Exception {
    assertThat(start(KernelTier.VECTOR))
        .singleElement()
        .asString()
        .startsWith("refused: kernels: vector needs the module jdk.incubator.vector");
  }
}
