package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.GgufFile;
import dev.hadal.format.GgufType;
import dev.hadal.format.GgufWriter;
import dev.hadal.format.Hashes;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.PackedCache;
import dev.hadal.model.Parameters;
import dev.hadal.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsVerificationTest {
  @TempDir private Path folder = Path.of("");

  /** Counts what it is told. */
  private static final class Counter implements WeightsVerification.Progress {
    private long expected;
    private long read;

    @Override
    public void begin(long bytes) {
      expected = bytes;
    }

    @Override
    public synchronized void read(long bytes) {
      read += bytes;
    }
  }

  private static WeightsVerification verify(Path model, Optional<PackedCache> cache) {
    Counter counter = new Counter();
    WeightsVerification found = WeightsVerification.of(ModelFiles.read(model), 2, cache, counter);
    assertThat(counter.read).isEqualTo(counter.expected).isEqualTo(found.bytes());
    return found;
  }

  @Test
  void packedWeightsAreHashedAgain() throws IOException {
    Path model = folder.resolve("model");
    try (Parameters parameters = TestModel.parameters(TestModel.config(9), 1)) {
      parameters.export(model, Parameters.ExportType.BF16);
    }
    PackedCache cache = new PackedCache(folder.resolve("cache"), 1L << 30, _ -> {});
    assertThat(verify(model, Optional.of(cache)).packed()).isEmpty();
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, _ -> {});
        WeightFiles files = WeightFiles.open(model)) {
      InferenceModel.load(TestModel.config(9), files, kernels, InferenceMode.EXACT, cache).close();
    }
    WeightsVerification whole = verify(model, Optional.of(cache));
    assertThat(whole.packed()).singleElement().matches(WeightsVerification.PackedEntry::holds);
    assertThat(whole.passed()).isTrue();
    Path packed = whole.packed().getFirst().folder().resolve("packed.bin");
    byte[] bytes = Files.readAllBytes(packed);
    bytes[100] ^= 1;
    Files.write(packed, bytes);
    WeightsVerification damaged = verify(model, Optional.of(cache));
    assertThat(damaged.packed()).noneMatch(WeightsVerification.PackedEntry::holds);
    assertThat(damaged.passed()).isFalse();
  }

  @Test
  void aGgufFileIsVerified() {
    WeightsVerification found = verify(GgufModelTest.GOLDEN, Optional.empty());
    assertThat(found.problems()).isEmpty();
    assertThat(found.passed()).isTrue();
    assertThat(found.files().getFirst().sha256()).isEqualTo(Hashes.sha256(GgufModelTest.GOLDEN));
  }

  @Test
  void allThatIsWrongInAGgufFileIsFound() {
    Path path = folder.resolve("changed.gguf");
    try (GgufFile file = GgufFile.open(GgufModelTest.GOLDEN);
        Arena arena = Arena.ofConfined()) {
      List<GgufWriter.Spec> specs = new ArrayList<>();
      file.tensors()
          .values()
          .forEach(t -> specs.add(new GgufWriter.Spec(t.name(), t.type(), t.shape())));
      specs.removeIf(spec -> spec.name().equals("blk.0.ffn_up.weight"));
      specs.removeIf(spec -> spec.name().equals("output_norm.weight"));
      specs.add(new GgufWriter.Spec("output_norm.weight", GgufType.F32, Shape.of(3)));
      specs.add(new GgufWriter.Spec("stray", GgufType.F32, Shape.of(2)));
      try (GgufWriter writer = GgufWriter.create(path, file.metadata().values(), specs)) {
        for (GgufWriter.Spec spec : specs) {
          boolean mine = spec.name().equals("stray") || spec.name().equals("output_norm.weight");
          writer.add(spec.name(), mine ? arena.allocate(spec.bytes()) : file.data(spec.name()));
        }
        writer.commit();
      }
    }
    assertThat(verify(path, Optional.empty()).problems())
        .hasSize(3)
        .anyMatch(problem -> problem.contains("\"blk.0.ffn_up.weight\" is missing"))
        .anyMatch(problem -> problem.matches(".*output_norm.weight: expected shape .*\\[3\\]"))
        .anyMatch(problem -> problem.endsWith("stray: the configuration asks for no such tensor"));
  }
}
