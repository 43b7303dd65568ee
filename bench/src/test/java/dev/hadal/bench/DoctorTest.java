package dev.hadal.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.kernels.KernelFamily;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.ServedFamily;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorTest {
  private static final MachineLimits GOOD = new MachineLimits(512, true, 470, 940, 40, 0.3);
  private static final Path FOLDER = Path.of("/runs");

  private static List<String> problems(
      KernelTier wanted, KernelTier tier, MachineLimits limits, long freeDisk) {
    return Doctor.problems(wanted, tier.label(), served(tier), limits, FOLDER, freeDisk);
  }

  private static List<ServedFamily> served(KernelTier tier) {
    return List.of(new ServedFamily(KernelFamily.NORMS, tier, "a test says so"));
  }

  @Test
  void aGoodMachineHasNoProblems() {
    assertThat(problems(KernelTier.AUTO, KernelTier.VECTOR, GOOD, 1)).isEmpty();
    assertThat(problems(KernelTier.REFERENCE, KernelTier.REFERENCE, GOOD, 1)).isEmpty();
  }

  @Test
  void scalarVectorKernelsAreAProblem() {
    MachineLimits scalar = new MachineLimits(512, false, 4, 0, 40, 0.3);
    assertThat(problems(KernelTier.AUTO, KernelTier.VECTOR, scalar, 1))
        .singleElement()
        .asString()
        .startsWith("The vector kernels are not compiled to vector instructions");
  }

  @Test
  void fallingBackToTheReferenceIsAProblem() {
    assertThat(problems(KernelTier.AUTO, KernelTier.REFERENCE, GOOD, 1))
        .singleElement()
        .asString()
        .contains("start with --kernels vector, which loads the module jdk.incubator.vector");
  }

  @Test
  void aFolderThatCannotBeWrittenIsAProblem() {
    assertThat(problems(KernelTier.AUTO, KernelTier.VECTOR, GOOD, -1))
        .containsExactly("/runs cannot be used as a folder for runs.");
  }

  @Test
  void memoryIsReadFromMeminfo() {
    assertThat(
            Doctor.memory(
                List.of("MemTotal:       24623480 kB", "MemAvailable:   1000 kB"), "madvise"))
        .isEqualTo(new DoctorReport.Memory(24_623_480L << 10, 1_024_000, "madvise"));
    DoctorReport.Memory unknown = Doctor.memory(List.of("MemTotal: many"), "unknown");
    assertThat(unknown.totalBytes()).isPositive();
    assertThat(unknown.availableBytes()).isEqualTo(-1);
  }

  @Test
  void thisMachineIsExamined() {
    DoctorReport report = Doctor.examine(new DoctorOptions(2, KernelTier.AUTO, Path.of("")));
    assertThat(report.jdk().version()).startsWith("25");
    assertThat(report.families()).hasSize(KernelFamily.values().length);
    assertThat(report.families()).allSatisfy(f -> assertThat(f.reason()).isNotBlank());
    assertThat(report.freeDiskBytes()).isPositive();
    assertThat(report.status()).isEqualTo(report.problems().isEmpty() ? 0 : 1);
    assertThat(report.lines())
        .anyMatch(line -> line.startsWith("processor "))
        .anyMatch(line -> line.startsWith("  products "));
  }

  @Test
  void aMissingFolderGivesStatusOne() {
    DoctorReport report =
        Doctor.examine(new DoctorOptions(1, KernelTier.REFERENCE, Path.of("/no/such/folder")));
    assertThat(report.status()).isEqualTo(1);
    assertThat(report.lines()).contains("Something is wrong: see above.");
  }

  @Test
  void familiesAreListedWithTierAndReason() {
    List<ServedFamily> families = Doctor.families(KernelTier.REFERENCE, _ -> {});
    assertThat(Doctor.lines(families))
        .hasSize(KernelFamily.values().length)
        .startsWith("  products in FP32  reference: asked for");
    assertThat(Doctor.fallsBackToReference(KernelTier.REFERENCE, families)).isFalse();
    assertThat(Doctor.fallsBackToReference(KernelTier.AUTO, families)).isTrue();
  }

  @Test
  void threadsAreChecked() {
    assertThatThrownBy(() -> new DoctorOptions(0, KernelTier.AUTO, Path.of("")))
        .hasMessage("threads: expected at least 1, found 0");
  }
}
