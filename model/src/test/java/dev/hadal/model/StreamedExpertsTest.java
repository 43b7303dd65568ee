package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.hadal.format.GgufFiles;
import dev.hadal.format.GgufType;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sixteen routed experts, eight of them the MTP layer's. */
class StreamedExpertsTest {
  private static final int EXPERTS = 16;
  private static final int POSITIONS = 256;

  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();
  private PackedCache cache = new PackedCache(Path.of(""), 0, notes::add);

  /** How weights are stored, and how they are computed with. */
  enum Form {
    FP32(InferenceMode.EXACT),
    BF16(InferenceMode.BF16),
    FP8_OF_BF16(InferenceMode.FP8),
    FP8(InferenceMode.FP8),
    INTEGERS(InferenceMode.INT8),
    GGUF(InferenceMode.BF16);

    private final InferenceMode mode;

    Form(InferenceMode mode) {
      this.mode = mode;
    }
  }

  @BeforeEach
  void makeCache() {
    cache = new PackedCache(folder.resolve("cache"), 1L << 30, notes::add);
  }

  /** The files of a form; small ones are written. */
  private Path path(Form form) {
    return switch (form) {
      case FP32, BF16, FP8_OF_BF16 -> MiniModel.folder().resolve("model.safetensors");
      case FP8 -> MiniModel.folder().resolve("model-fp8.safetensors");
      case INTEGERS -> {
        Path written = folder.resolve("integers");
        if (!Files.exists(written)) {
          ModelConfig config = MiniModel.config();
          try (WeightFiles files = WeightFiles.open(path(Form.BF16))) {
            WeightRewriter.Options options =
                new WeightRewriter.Options(WeightForm.INT4, 32, false, 1 << 30);
            WeightRewriter.of(config, files, options, new WeightRewriter.Nearest())
                .write(written, config.toJson(), _ -> {}, _ -> {});
          }
        }
        yield written;
      }
      case GGUF -> {
        Path written = folder.resolve("model.gguf");
        yield Files.exists(written)
            ? written
            : new GgufMini().keep(false).as(GgufType.F16).write(written);
      }
    };
  }

  private InferenceMemory need(Form form, Kernels kernels) {
    Path path = path(form);
    if (form == Form.GGUF) {
      try (GgufFiles files = GgufFiles.open(path)) {
        return InferenceMemory.of(GgufConfig.read(files), files, kernels, form.mode);
      }
    }
    try (WeightFiles files = WeightFiles.open(path)) {
      return InferenceMemory.of(MiniModel.config(), files, kernels, form.mode);
    }
  }

  private InferenceModel load(
      Form form, Kernels kernels, @Nullable PackedCache with, @Nullable MemoryLimit limit) {
    Path path = path(form);
    if (form == Form.GGUF) {
      try (GgufFiles files = GgufFiles.open(path)) {
        return InferenceModel.load(GgufConfig.read(files), files, kernels, form.mode, with, limit);
      }
    }
    try (WeightFiles files = WeightFiles.open(path)) {
      return InferenceModel.load(MiniModel.config(), files, kernels, form.mode, with, limit);
    }
  }

  private static MemoryLimit limit(InferenceMemory need, int slots) {
    return new MemoryLimit(
        need.least(POSITIONS) + (slots - 1) * need.experts().largest(), POSITIONS);
  }

  private InferenceModel load(Form form, Kernels kernels, int slots) {
    return load(form, kernels, cache, limit(need(form, kernels), slots));
  }

  private static Kernels kernels(int threads) {
    return KernelChoice.open(KernelTier.AUTO, threads, _ -> {});
  }

  private static ExpertStatistics statistics(InferenceModel model) {
    return model.experts().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void bitsAreThoseOfTheResidentModel(Form form) {
    int[] ids = InferenceModelTest.prompt(2);
    int[] other = InferenceModelTest.prompt(1);
    int[] expected;
    try (Kernels kernels = kernels(1);
        InferenceModel whole = load(form, kernels, null, null)) {
      assertThat(whole.experts()).isEmpty();
      expected = InferenceModelTest.whole(whole, ids);
    }
    for (int threads = 1; threads <= 2; threads++) {
      try (Kernels kernels = kernels(threads)) {
        for (int slots : new int[] {1, 6, EXPERTS - 1}) {
          try (InferenceModel model = load(form, kernels, slots)) {
            assertThat(InferenceModelTest.whole(model, ids)).isEqualTo(expected);
            assertThat(InferenceModelTest.pieces(model, ids, new int[] {1}, other))
                .isEqualTo(expected);
            assertThat(InferenceModelTest.pieces(model, ids, new int[] {64, 1, 7, 30, 2}, other))
                .isEqualTo(expected);
            ExpertStatistics statistics = statistics(model);
            assertThat(statistics.slots()).isEqualTo(slots);
            assertThat(statistics.experts()).isEqualTo(EXPERTS);
            assertThat(statistics.asked()).isGreaterThan(ids.length);
            assertThat(statistics.found()).isLessThan(statistics.asked());
            assertThat(statistics.bytesRead())
                .isLessThanOrEqualTo(
                    (statistics.asked() - statistics.found()) * statistics.expertBytes())
                .isPositive();
          }
        }
      }
    }
    assertThat(notes).isEmpty();
    assertThat(cache.entries()).singleElement().matches(PackedCache.Entry::whole);
  }

  @Test
  void moreSlotsFindMoreAndTheSameEveryTime() {
    int[] ids = InferenceModelTest.prompt(2);
    try (Kernels kernels = kernels(1)) {
      double last = -1;
      for (int slots : new int[] {1, 4, 8, 15}) {
        List<Long> found = new ArrayList<>();
        for (int time = 0; time < 2; time++) {
          try (InferenceModel model = load(Form.BF16, kernels, slots)) {
            InferenceModelTest.pieces(model, ids, new int[] {1}, new int[] {3});
            found.add(statistics(model).found());
            assertThat(statistics(model).hitRate()).isGreaterThanOrEqualTo(last);
            last = time == 1 ? statistics(model).hitRate() : last;
          }
        }
        assertThat(found.getFirst()).isEqualTo(found.getLast());
      }
      assertThat(last).isGreaterThan(0.9);
    }
  }

  @Test
  void whatHoldsEverythingReadsNothing() {
    try (Kernels kernels = kernels(1)) {
      long total = need(Form.BF16, kernels).total(POSITIONS);
      try (InferenceModel model =
          load(Form.BF16, kernels, null, new MemoryLimit(total, POSITIONS))) {
        assertThat(model.experts()).isEmpty();
      }
    }
  }

  /** The packed file has exactly the bytes that were planned from the shapes. */
  @ParameterizedTest
  @EnumSource
  void thePlanIsExact(Form form) {
    try (Kernels kernels = kernels(1);
        InferenceModel model = load(form, kernels, 2)) {
      ModelConfig config = model.config();
      long vectors =
          ParameterNames.of(config).values().stream()
              .filter(shape -> shape.axes() == 1)
              .mapToLong(shape -> (4 * shape.elements() + 63) / 64 * 64)
              .sum();
      long biases = config.moeLayers().length * 64L;
      assertThat(cache.entries())
          .singleElement()
          .extracting(PackedCache.Entry::bytes)
          .isEqualTo(model.memory().weights() - vectors - biases);
      assertThat(statistics(model).expertBytes()).isEqualTo(model.memory().experts().largest());
    }
  }

  @Test
  void tooLittleIsRefusedWithTheNumbers() {
    try (Kernels kernels = kernels(1)) {
      InferenceMemory need = need(Form.BF16, kernels);
      long least = need.least(POSITIONS);
      load(Form.BF16, kernels, cache, new MemoryLimit(least, POSITIONS)).close();
      assertThatThrownBy(
              () -> load(Form.BF16, kernels, cache, new MemoryLimit(least - 1, POSITIONS)))
          .isInstanceOf(ModelException.class)
          .extracting(Throwable::getMessage, STRING)
          .contains("model.safetensors: the model does not fit into")
          .contains("each of 16 routed experts %,d bytes".formatted(need.experts().largest()))
          .contains(
              ("; %d bytes are the least; a context of at most 192 positions would fit,"
                      + " fewer bits a weight need less")
                  .formatted(least));
      assertThatThrownBy(() -> load(Form.BF16, kernels, cache, new MemoryLimit(1, POSITIONS)))
          .hasMessageContaining("bytes are the least; fewer bits a weight need less");
      assertThatThrownBy(() -> new MemoryLimit(0, 1)).hasMessageContaining("bytes: expected 1");
      assertThatThrownBy(() -> new MemoryLimit(1, 0)).hasMessageContaining("positions: expected");
    }
  }

  @Test
  void withoutRoomForPackedWeightsItIsRefused() {
    try (Kernels kernels = kernels(1);
        Kernels reference = new ReferenceKernels(Arithmetic.FP32)) {
      MemoryLimit limit = limit(need(Form.BF16, kernels), 2);
      assertThatThrownBy(() -> load(Form.BF16, kernels, null, limit))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("with a cache of packed weights, found none");
      PackedCache small = new PackedCache(cache.root(), 1000, notes::add);
      assertThatThrownBy(() -> load(Form.BF16, kernels, small, limit))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("the limit is 0 MB, but experts can only be read");
      MemoryLimit larger = limit(need(Form.BF16, reference), 2);
      assertThatThrownBy(() -> load(Form.BF16, reference, cache, larger))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("these kernels keep packed weights on the heap");
    }
  }

  @Test
  void aFileThatBecomesShorterIsASentenceAndTheProcessGoesOn() throws IOException {
    int[] ids = InferenceModelTest.prompt(2);
    try (Kernels kernels = kernels(2)) {
      int[] expected;
      try (InferenceModel model = load(Form.BF16, kernels, 3)) {
        expected = InferenceModelTest.whole(model, ids);
        Path data = cache.entries().getFirst().folder().resolve(PackedFile.DATA);
        try (RandomAccessFile file = new RandomAccessFile(data.toFile(), "rw")) {
          file.setLength(1000);
        }
        for (int time = 0; time < 3; time++) {
          assertThatThrownBy(() -> InferenceModelTest.whole(model, ids))
              .isInstanceOf(ModelException.class)
              .hasMessageContaining("packed.bin")
              .hasMessageContaining("load the model again");
        }
      }
      try (InferenceModel model = load(Form.BF16, kernels, 3)) {
        assertThat(notes).singleElement(STRING).endsWith("; they are made anew.");
        assertThat(InferenceModelTest.whole(model, ids)).isEqualTo(expected);
      }
    }
  }

  @Test
  void aFileThatIsWrittenToIsASentence() throws IOException {
    int[] ids = InferenceModelTest.prompt(2);
    try (Kernels kernels = kernels(1);
        InferenceModel model = load(Form.BF16, kernels, 3)) {
      Path data = cache.entries().getFirst().folder().resolve(PackedFile.DATA);
      java.nio.file.attribute.FileTime time = Files.getLastModifiedTime(data);
      try (RandomAccessFile file = new RandomAccessFile(data.toFile(), "rw")) {
        file.seek(file.length() / 2);
        file.write(1);
      }
      Files.setLastModifiedTime(
          data, java.nio.file.attribute.FileTime.fromMillis(time.toMillis() + 5));
      assertThatThrownBy(() -> InferenceModelTest.whole(model, ids))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("changed while they were in use");
    }
  }

  @Test
  void aManifestThatDoesNotHoldIsMadeAnew() throws IOException {
    int[] ids = InferenceModelTest.prompt(1);
    try (Kernels kernels = kernels(1)) {
      int[] expected;
      try (InferenceModel model = load(Form.BF16, kernels, 3)) {
        expected = InferenceModelTest.whole(model, ids);
      }
      Path manifest = cache.entries().getFirst().folder().resolve(PackedFile.MANIFEST);
      String text = Files.readString(manifest);
      Map<String, String> broken =
          Map.of(
              "JSON",
              "{",
              "layout",
              text.replace("\"layout\": \"", "\"layout\": \"other "),
              "a missing expert",
              text.replaceFirst(
                  "(?s)(experts.0.gate_proj.*?\"operands\": \\[)\\s*\\{.*?\\},\\s*\\{", "$1 {"),
              "a larger expert",
              text.replaceFirst("(?s)(experts.0.up_proj.*?\"outputs\": )20", "$140"),
              "size",
              text.replaceFirst("\"bytes\": \\d", "\"bytes\": 9"));
      broken.forEach(
          (what, other) -> {
            assertThat(other).as(what).isNotEqualTo(text);
            write(manifest, other);
            notes.clear();
            try (InferenceModel model = load(Form.BF16, kernels, 3)) {
              assertThat(InferenceModelTest.whole(model, ids)).as(what).isEqualTo(expected);
            }
            assertThat(notes).as(what).singleElement(STRING).endsWith("; they are made anew.");
          });
    }
  }

  @Test
  void aMissingFileIsMadeAnew() throws IOException {
    int[] ids = InferenceModelTest.prompt(1);
    try (Kernels kernels = kernels(1)) {
      int[] expected;
      try (InferenceModel model = load(Form.BF16, kernels, 3)) {
        expected = InferenceModelTest.whole(model, ids);
      }
      Files.delete(cache.entries().getFirst().folder().resolve(PackedFile.DATA));
      try (InferenceModel model = load(Form.BF16, kernels, 3)) {
        assertThat(InferenceModelTest.whole(model, ids)).isEqualTo(expected);
      }
      assertThat(notes).singleElement(STRING).contains("there is no packed.bin");
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Another process may make room in the cache: what is open stays readable. */
  @Test
  void aRemovedFileIsReadToTheEnd() {
    int[] ids = InferenceModelTest.prompt(2);
    try (Kernels kernels = kernels(1);
        InferenceModel model = load(Form.BF16, kernels, 3)) {
      int[] expected = InferenceModelTest.whole(model, ids);
      assertThat(cache.clear()).isPositive();
      assertThat(InferenceModelTest.whole(model, ids)).isEqualTo(expected);
    }
  }
}
