package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PackedCacheTest {
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9};

  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();
  private Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, _ -> {});
  private Path model = Path.of("");
  private PackedCache cache = new PackedCache(Path.of(""), 0, notes::add);
  private ModelConfig config = MiniModel.config();

  @BeforeEach
  void makeModel() throws IOException {
    cache = new PackedCache(folder.resolve("cache"), 1L << 30, notes::add);
    model = folder.resolve("model");
    try (WeightFiles files = WeightFiles.open(MiniModel.folder().resolve("model.safetensors"))) {
      WeightRewriter.Options options =
          new WeightRewriter.Options(WeightForm.INT8, 32, false, 1 << 30);
      WeightRewriter.of(config, files, options, new WeightRewriter.Nearest())
          .write(model, config.toJson(), _ -> {}, _ -> {});
    }
  }

  @AfterEach
  void close() {
    kernels.close();
  }

  private float[] logits(Kernels with, InferenceMode mode, @Nullable PackedCache of) {
    try (WeightFiles files = WeightFiles.open(model);
        InferenceModel loaded = InferenceModel.load(config, files, with, mode, of);
        LatentCache latent = loaded.newCache(IDS.length)) {
      return loaded
          .forward(List.of(new InferenceModel.Chunk(latent, IDS, 0, false)))
          .logits()
          .getFirst()
          .toFloats();
    }
  }

  @ParameterizedTest
  @EnumSource
  void mappedWeightsGiveTheBitsOfPackedOnes(InferenceMode mode) {
    float[] expected = logits(kernels, mode, null);
    assertThat(logits(kernels, mode, cache)).isEqualTo(expected);
    assertThat(cache.entries()).singleElement().matches(PackedCache.Entry::whole);
    long made = cache.entries().getFirst().bytes();
    assertThat(logits(kernels, mode, cache)).isEqualTo(expected);
    assertThat(cache.entries()).singleElement().matches(entry -> entry.bytes() == made);
    assertThat(cache.isWhole(cache.entries().getFirst())).isTrue();
    assertThat(notes).isEmpty();
  }

  @Test
  void anotherModeAndAChangedFileArePackedAnew() throws IOException {
    logits(kernels, InferenceMode.EXACT, cache);
    logits(kernels, InferenceMode.INT8, cache);
    assertThat(cache.entries()).hasSize(2);
    Path weights = model.resolve("model.safetensors");
    Files.setLastModifiedTime(weights, java.nio.file.attribute.FileTime.fromMillis(1));
    logits(kernels, InferenceMode.INT8, cache);
    assertThat(cache.entries()).hasSize(3);
    assertThat(cache.clear()).isPositive();
    assertThat(cache.entries()).isEmpty();
  }

  @Test
  void whatIsDamagedIsMadeAnewAndToldOf() throws IOException {
    float[] expected = logits(kernels, InferenceMode.INT8, cache);
    Path entry = cache.entries().getFirst().folder();
    Path data = entry.resolve(PackedFile.DATA);
    Path manifest = entry.resolve(PackedFile.MANIFEST);
    String text = Files.readString(manifest);
    List<String> broken =
        List.of(
            "{",
            text.replace("\"layout\": \"", "\"layout\": \"other "),
            text.replace("\"outputs\": 64", "\"outputs\": 640"),
            text.replace("model.embed_tokens.weight", "model.other.weight"),
            text.replaceFirst("\"place\": \\[\\s*\\d+", "\"place\": [ 999999999"));
    for (String other : broken) {
      assertThat(other).isNotEqualTo(text);
      Files.writeString(manifest, other, StandardCharsets.UTF_8);
      notes.clear();
      assertThat(logits(kernels, InferenceMode.INT8, cache)).isEqualTo(expected);
      assertThat(notes).singleElement(STRING).endsWith("; they are made anew.");
      assertThat(Files.readString(manifest)).isEqualTo(text);
    }
    Files.write(data, new byte[] {1}, StandardOpenOption.APPEND);
    notes.clear();
    assertThat(logits(kernels, InferenceMode.INT8, cache)).isEqualTo(expected);
    assertThat(notes).singleElement(STRING).contains("bytes, found");
    byte[] bytes = Files.readAllBytes(data);
    bytes[bytes.length / 2] ^= 1;
    Files.write(data, bytes);
    assertThat(cache.isWhole(cache.entries().getFirst())).isFalse();
  }

  @Test
  void anInterruptedStartLeavesNothingThatCounts() throws IOException {
    float[] expected = logits(kernels, InferenceMode.INT8, cache);
    Path entry = cache.entries().getFirst().folder();
    Files.delete(entry.resolve(PackedFile.MANIFEST));
    assertThat(cache.entries()).singleElement().matches(left -> !left.whole());
    assertThat(logits(kernels, InferenceMode.INT8, cache)).isEqualTo(expected);
    assertThat(cache.entries()).singleElement().matches(PackedCache.Entry::whole);
  }

  @Test
  void theLimitHoldsAndTheOldestMakesRoom() {
    logits(kernels, InferenceMode.INT8, cache);
    long one = cache.entries().getFirst().bytes();
    PackedCache small = new PackedCache(cache.root(), one / 100, notes::add);
    logits(kernels, InferenceMode.BF16, small);
    assertThat(notes).singleElement(STRING).contains("are not kept, the limit is");
    assertThat(cache.entries()).hasSize(1);
    PackedCache two = new PackedCache(cache.root(), one + one / 2, notes::add);
    logits(kernels, InferenceMode.BF16, two);
    assertThat(cache.entries()).hasSize(1);
  }

  @Test
  void theReferenceKeepsItsOperandsOnTheHeap() {
    try (Kernels reference = new ReferenceKernels(Arithmetic.FP32)) {
      float[] expected = logits(reference, InferenceMode.INT8, null);
      assertThat(logits(reference, InferenceMode.INT8, cache)).isEqualTo(expected);
      assertThat(logits(reference, InferenceMode.INT8, cache)).isEqualTo(expected);
      assertThat(cache.entries()).isEmpty();
    }
  }
}
