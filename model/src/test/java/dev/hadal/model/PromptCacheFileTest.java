package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.FormatException;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.SafetensorsWriter;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PromptCacheFileTest {
  private static final int LENGTH = 90;

  private final Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
  private final InferenceModel model =
      MiniModel.load("model.safetensors", kernels, InferenceMode.BF16);
  private final int[] ids = new int[LENGTH];

  @TempDir private Path folder = Path.of("");

  @BeforeAll
  void draw() {
    java.util.Random random = new java.util.Random(5);
    Arrays.setAll(ids, _ -> random.nextInt(model.config().vocabSize()));
  }

  @AfterAll
  void close() {
    model.close();
    kernels.close();
  }

  private Path file() {
    return folder.resolve("prompt.safetensors");
  }

  private Path save() {
    try (LatentCache cache = model.newCache(LENGTH)) {
      model.forward(List.of(InferenceModel.Chunk.last(cache, ids)));
      PromptCacheFile.save(file(), model, cache, ids);
    }
    return file();
  }

  private float[] logits(LatentCache cache, int from) {
    int[] rest = Arrays.copyOfRange(ids, from, LENGTH);
    return model
        .forward(List.of(new InferenceModel.Chunk(cache, rest, 0, false)))
        .logits()
        .getFirst()
        .toFloats();
  }

  /** Going back to any position gives the logits that the prompt gives without a file. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 40, 63, 64, 65, 89})
  void rowsFromTheFileGiveTheSameBits(int position) {
    float[] expected;
    try (LatentCache cache = model.newCache(LENGTH)) {
      expected = logits(cache, 0);
    }
    int vocabulary = model.config().vocabSize();
    // One more position than the file's: the last token is computed again.
    try (PromptCacheFile.Restored known = PromptCacheFile.load(save(), model)) {
      assertThat(known.tokens()).isEqualTo(ids);
      assertThat(known.cache().length()).isEqualTo(LENGTH);
      PromptCacheFile.Restored earlier = known.rewind(position);
      assertThat(earlier.tokens()).isEqualTo(Arrays.copyOf(ids, position));
      assertThat(logits(earlier.cache(), position))
          .isEqualTo(Arrays.copyOfRange(expected, position * vocabulary, LENGTH * vocabulary));
    }
  }

  @Test
  void theCommonBeginningIsFound() {
    try (PromptCacheFile.Restored known = PromptCacheFile.load(save(), model)) {
      assertThat(known.common(ids)).isEqualTo(LENGTH);
      assertThat(known.common(Arrays.copyOf(ids, 7))).isEqualTo(7);
      int[] other = ids.clone();
      other[50]++;
      assertThat(known.common(other)).isEqualTo(50);
      assertThat(known.common(new int[0])).isZero();
    }
  }

  @Test
  void anotherArithmeticOrModelIsNamed() throws IOException {
    Path saved = save();
    Path copied = folder.resolve("model.safetensors");
    Files.copy(MiniModel.folder().resolve("model.safetensors"), copied);
    try (InferenceModel exact = MiniModel.load("model.safetensors", kernels, InferenceMode.EXACT);
        WeightFiles copy = WeightFiles.open(copied);
        InferenceModel other =
            InferenceModel.load(model.config(), copy, kernels, InferenceMode.BF16);
        Parameters parameters = Parameters.allocate(model.config(), dev.hadal.tensor.DType.F32)) {
      assertThatThrownBy(() -> PromptCacheFile.load(saved, exact))
          .isInstanceOf(ModelException.class)
          .hasMessage(
              saved
                  + ": the prompt cache does not belong to this model as it is loaded: mode"
                  + " differs");
      assertThatThrownBy(() -> PromptCacheFile.load(saved, other))
          .isInstanceOf(ModelException.class)
          .hasMessageEndingWith(": weights differs");
      parameters.initialize(1, 0.1);
      try (InferenceModel inMemory =
          new InferenceModel(model.config(), parameters, kernels, InferenceMode.BF16)) {
        assertThatThrownBy(() -> PromptCacheFile.load(saved, inMemory))
            .isInstanceOf(ModelException.class)
            .hasMessageContaining("expected a model that was read from files");
      }
    }
  }

  /** Each field of the key counts. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "format",
        "mode",
        "attention",
        "cache_type",
        "yarn",
        "arithmetic",
        "config",
        "weights"
      })
  void everyFieldOfTheKeyCounts(String field) {
    assertThat(PromptCacheFile.key(model)).containsKey(field);
    rewrite(save(), Map.of(field, "other"), Map.of());
    assertThatThrownBy(() -> PromptCacheFile.load(file(), model))
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith(": " + field + " differs");
  }

  private static void rewrite(
      Path file, Map<String, String> fields, Map<String, Tensor> replacements) {
    try (Arena arena = Arena.ofConfined()) {
      Map<String, String> metadata;
      Map<String, Tensor> tensors = new HashMap<>();
      try (SafetensorsFile read = SafetensorsFile.open(file)) {
        metadata = new HashMap<>(read.metadata());
        for (String name : read.names()) {
          Tensor from = read.tensor(name);
          Tensor copy = Tensor.allocate(arena, from.dtype(), from.shape().extents());
          copy.copyFrom(from);
          tensors.put(name, copy);
        }
      }
      metadata.putAll(fields);
      tensors.putAll(replacements);
      SafetensorsWriter.write(file, tensors, metadata);
    }
  }

  /** Damages of a file and what the message must say beside the file's name. */
  enum Damage {
    EMPTY(""),
    CUT(""),
    FLIPPED_ROW("sha256: expected the hash of tokens and rows"),
    OTHER_HASH("sha256"),
    OTHER_TOKENS("sha256"),
    FEWER_TOKENS("rows: expected"),
    NO_TOKENS("tokens: expected 1 to"),
    MANY_TOKENS("tokens: expected 1 to"),
    TABLE_OF_TOKENS("tokens: expected 1 to"),
    FLOAT_TOKENS("tokens: expected I32, found F32"),
    INTEGER_ROWS("rows: expected BF16, found I32");

    private final String says;

    Damage(String says) {
      this.says = says;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDamagedFileIsRefused(Damage damage) throws IOException {
    Path file = save();
    byte[] bytes = Files.readAllBytes(file);
    try (Arena arena = Arena.ofConfined()) {
      switch (damage) {
        case EMPTY -> Files.write(file, new byte[0]);
        case CUT -> Files.write(file, Arrays.copyOf(bytes, bytes.length - 3));
        case FLIPPED_ROW -> {
          bytes[bytes.length - 5] ^= 1;
          Files.write(file, bytes);
        }
        case OTHER_HASH -> rewrite(file, Map.of("sha256", "0"), Map.of());
        case OTHER_TOKENS -> {
          int[] other = ids.clone();
          other[3] = -1;
          rewrite(file, Map.of(), Map.of("tokens", Tensor.ofInts(arena, other, LENGTH)));
        }
        case FEWER_TOKENS ->
            rewrite(
                file, Map.of(), Map.of("tokens", Tensor.ofInts(arena, Arrays.copyOf(ids, 80), 80)));
        case NO_TOKENS ->
            rewrite(file, Map.of(), Map.of("tokens", Tensor.ofInts(arena, new int[0], 0)));
        case MANY_TOKENS -> {
          int most = model.config().maxPositionEmbeddings() + 1;
          rewrite(file, Map.of(), Map.of("tokens", Tensor.ofInts(arena, new int[most], most)));
        }
        case TABLE_OF_TOKENS ->
            rewrite(file, Map.of(), Map.of("tokens", Tensor.ofInts(arena, ids, 2, LENGTH / 2)));
        case FLOAT_TOKENS ->
            rewrite(
                file,
                Map.of(),
                Map.of("tokens", Tensor.ofFloats(arena, new float[LENGTH], LENGTH)));
        case INTEGER_ROWS ->
            rewrite(file, Map.of(), Map.of("rows", Tensor.ofInts(arena, new int[1], 1)));
      }
    }
    assertThatThrownBy(() -> PromptCacheFile.load(file, model))
        .isInstanceOfAny(ModelException.class, FormatException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(damage.says);
  }
}
