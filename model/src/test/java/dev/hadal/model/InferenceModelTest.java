package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InferenceModelTest {
  static int[] prompt(int index) {
    try (SafetensorsFile golden = MiniModel.golden()) {
      return MiniModel.prompt(golden, index);
    }
  }

  private static InferenceModel model(Kernels kernels, InferenceMode mode) {
    return MiniModel.load("model.safetensors", kernels, mode);
  }

  /** Logits of all positions, and of the MTP layer behind them, in one array of bits. */
  static int[] whole(InferenceModel model, int[] ids) {
    try (LatentCache cache = model.newCache(ids.length)) {
      InferenceModel.BatchOutput main =
          model.forward(List.of(new InferenceModel.Chunk(cache, ids, 0, true)));
      int[] next = Arrays.copyOfRange(ids, 1, ids.length);
      InferenceModel.BatchOutput second =
          model.draft(
              List.of(
                  new InferenceModel.Draft(
                      cache, main.hidden().getFirst().slice(0, next.length), next, 0)));
      return bits(main.logits().getFirst().toFloats(), second.logits().getFirst().toFloats());
    }
  }

  private static int[] bits(float[]... parts) {
    return Arrays.stream(parts)
        .flatMapToInt(
            part -> {
              int[] bits = new int[part.length];
              for (int i = 0; i < bits.length; i++) {
                bits[i] = Float.floatToIntBits(part[i]);
              }
              return Arrays.stream(bits);
            })
        .toArray();
  }

  /** The same in pieces, in batches with another sequence that is at other positions. */
  static int[] pieces(InferenceModel model, int[] ids, int[] sizes, int[] other) {
    List<float[]> logits = new ArrayList<>();
    List<float[]> drafts = new ArrayList<>();
    try (LatentCache cache = model.newCache(ids.length);
        LatentCache otherCache = model.newCache(other.length)) {
      for (int from = 0, turn = 0; from < ids.length; turn++) {
        int to = Math.min(ids.length, from + sizes[turn % sizes.length]);
        List<InferenceModel.Chunk> batch = new ArrayList<>();
        if (otherCache.length() < other.length) {
          int otherTo = Math.min(other.length, otherCache.length() + 1 + turn % 3);
          int[] tokens = Arrays.copyOfRange(other, otherCache.length(), otherTo);
          batch.add(new InferenceModel.Chunk(otherCache, tokens, tokens.length, false));
        }
        batch.add(new InferenceModel.Chunk(cache, Arrays.copyOfRange(ids, from, to), 0, true));
        InferenceModel.BatchOutput output = model.forward(batch);
        logits.add(output.logits().getLast().toFloats());
        int drafted = Math.min(to, ids.length - 1) - from;
        if (drafted > 0) {
          int[] next = Arrays.copyOfRange(ids, from + 1, from + 1 + drafted);
          drafts.add(
              model
                  .draft(
                      List.of(
                          new InferenceModel.Draft(
                              cache, output.hidden().getLast().slice(0, drafted), next, 0)))
                  .logits()
                  .getFirst()
                  .toFloats());
        }
        from = to;
      }
    }
    logits.addAll(drafts);
    return bits(logits.toArray(float[][]::new));
  }

  @ParameterizedTest
  @EnumSource(InferenceMode.class)
  void bitsDoNotDependOnTheCutOrTheBatch(InferenceMode mode) {
    int[] ids = prompt(2);
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        InferenceModel model = model(kernels, mode)) {
      int[] expected = whole(model, ids);
      assertThat(pieces(model, ids, new int[] {1}, prompt(1))).isEqualTo(expected);
      assertThat(pieces(model, ids, new int[] {64, 1, 7, 30, 2}, prompt(1))).isEqualTo(expected);
    }
  }

  /** More rows than go through the layers together. */
  @Test
  void longPromptsGoInPasses() {
    int[] ids = new int[InferenceModel.PASS_ROWS + 70];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (i * 31 + i / 7) % 23;
    }
    ModelConfig config =
        Configs.parse(
            Configs.SMALL.replace(
                "\"max_position_embeddings\": 64", "\"max_position_embeddings\": 600"));
    try (Parameters parameters = Parameters.allocate(config, DType.F32);
        Kernels kernels = new ReferenceKernels(Arithmetic.FP32)) {
      parameters.initialize(5, 0.2);
      try (InferenceModel model =
          new InferenceModel(config, parameters, kernels, InferenceMode.BF16)) {
        int[] expected = whole(model, ids);
        assertThat(pieces(model, ids, new int[] {100}, new int[] {3, 4})).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(InferenceMode.class)
  void truncatingForgets(InferenceMode mode) {
    int[] ids = prompt(2);
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        InferenceModel model = model(kernels, mode);
        LatentCache cache = model.newCache(ids.length)) {
      InferenceModel.Chunk all = new InferenceModel.Chunk(cache, ids, 0, false);
      float[] expected = model.forward(List.of(all)).logits().getFirst().toFloats();
      int[] wrong = {5, 6, 7};
      for (int position : new int[] {70, 64, 63, 1, 0}) {
        cache.truncate(position);
        model.forward(List.of(InferenceModel.Chunk.last(cache, wrong)));
        cache.truncate(position);
        assertThat(cache.length()).isEqualTo(position);
        int[] rest = Arrays.copyOfRange(ids, position, ids.length);
        float[] found =
            model
                .forward(List.of(new InferenceModel.Chunk(cache, rest, 0, false)))
                .logits()
                .getFirst()
                .toFloats();
        int vocabulary = model.config().vocabSize();
        assertThat(bits(found))
            .isEqualTo(bits(Arrays.copyOfRange(expected, position * vocabulary, expected.length)));
      }
    }
  }

  @Test
  void sharedPagesGiveTheSameBitsAndAreNotWrittenTo() {
    int[] ids = prompt(2);
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        InferenceModel model = model(kernels, InferenceMode.BF16);
        LatentCachePool pool = model.newPool(1 << 20)) {
      LatentCache first = model.newCache(pool, ids.length);
      float[] expected =
          model
              .forward(List.of(InferenceModel.Chunk.last(first, ids)))
              .logits()
              .getFirst()
              .toFloats();
      LatentCache second = model.newCache(pool, ids.length);
      second.startWith(first.pages().subList(0, 2));
      assertThat(second.length()).isEqualTo(128);
      assertThat(first.pages().getFirst().owners()).isEqualTo(2);
      int[] rest = Arrays.copyOfRange(ids, 128, ids.length);
      float[] found =
          model
              .forward(List.of(InferenceModel.Chunk.last(second, rest)))
              .logits()
              .getFirst()
              .toFloats();
      assertThat(bits(found)).isEqualTo(bits(expected));
      second.truncate(100);
      model.forward(List.of(InferenceModel.Chunk.last(second, 9, 9, 9)));
      assertThat(first.pages().get(1).owners()).isEqualTo(1);
      first.truncate(ids.length - 1);
      float[] again =
          model
              .forward(List.of(InferenceModel.Chunk.last(first, ids[ids.length - 1])))
              .logits()
              .getFirst()
              .toFloats();
      assertThat(bits(again)).isEqualTo(bits(expected));
      first.close();
      second.close();
      assertThat(pool.bytes()).isZero();
      assertThat(pool.available()).isEqualTo(pool.capacity());
    }
  }

  @Test
  void whatDoesNotFitIsRefusedWithTheNumbers() {
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        InferenceModel model = model(kernels, InferenceMode.EXACT);
        LatentCache cache = model.newCache(4);
        LatentCachePool pool = model.newPool(20_000)) {
      assertThatThrownBy(() -> model.newCache(257))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("1 to 256")
          .hasMessageContaining("257");
      assertThatThrownBy(
              () -> model.forward(List.of(InferenceModel.Chunk.last(cache, 1, 2, 3, 4, 5))))
          .hasMessageContaining("5 positions do not fit, it was made for 4");
      assertThatThrownBy(() -> model.forward(List.of(InferenceModel.Chunk.last(cache, 96))))
          .hasMessageContaining("0 to 95")
          .hasMessageContaining("found 96");
      assertThatThrownBy(
              () ->
                  model.forward(
                      List.of(
                          InferenceModel.Chunk.last(cache, 1),
                          InferenceModel.Chunk.last(cache, 2))))
          .hasMessageContaining("two chunks of one sequence");
      assertThat(cache.length()).isZero();
      assertThat(pool.capacity()).isEqualTo(1);
      try (LatentCache large = model.newCache(pool, 100)) {
        assertThatThrownBy(
                () -> model.forward(List.of(InferenceModel.Chunk.last(large, new int[65]))))
            .hasMessageContaining("all 1 pages of 64 positions are in use");
        assertThat(large.length()).isZero();
        assertThat(pool.available()).isEqualTo(1);
      }
    }
  }

  /** BF16 keeps 8 significant bits, E4M3 keeps 4: its error should be some 16 times as large. */
  @Test
  void roundingModesStayNearTheExactOne() {
    int[] ids = prompt(1);
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32)) {
      float[] exact = logits(kernels, InferenceMode.EXACT, ids);
      double bf16 = relativeError(exact, logits(kernels, InferenceMode.BF16, ids));
      double fp8 = relativeError(exact, logits(kernels, InferenceMode.FP8, ids));
      assertThat(bf16).isBetween(0.002, 0.03);
      assertThat(fp8 / bf16).isBetween(4.0, 32.0);
    }
  }

  private static float[] logits(Kernels kernels, InferenceMode mode, int[] ids) {
    try (InferenceModel model = model(kernels, mode);
        LatentCache cache = model.newCache(ids.length)) {
      return model
          .forward(List.of(new InferenceModel.Chunk(cache, ids, 0, false)))
          .logits()
          .getFirst()
          .toFloats();
    }
  }

  /**
   * The median over rows of the norm of the difference over the norm of the row: in some rows a
   * near tie between experts is decided the other way, which is no measure of rounding.
   */
  private static double relativeError(float[] expected, float[] found) {
    int vocabulary = MiniModel.config().vocabSize();
    double[] errors = new double[expected.length / vocabulary];
    for (int row = 0; row < errors.length; row++) {
      double error = 0;
      double square = 0;
      for (int i = row * vocabulary; i < (row + 1) * vocabulary; i++) {
        error += Math.pow(found[i] - expected[i], 2);
        square += Math.pow(expected[i], 2);
      }
      errors[row] = Math.sqrt(error / square);
    }
    Arrays.sort(errors);
    return errors[errors.length / 2];
  }

  /** V2-Lite's manner: no query compression, softmax gate, no choice bias. */
  @ParameterizedTest
  @EnumSource(InferenceMode.class)
  void mastersAndFilesGiveTheSameBits(InferenceMode mode, @TempDir Path folder) {
    ModelConfig config = Configs.parse(Configs.SMALL_V2);
    int[] ids = {1, 5, 9, 2, 6};
    try (Parameters parameters = Parameters.allocate(config, DType.F32);
        Kernels kernels = new ReferenceKernels(Arithmetic.FP32)) {
      parameters.initialize(11, 0.3);
      parameters.export(folder, Parameters.ExportType.F32);
      try (InferenceModel masters = new InferenceModel(config, parameters, kernels, mode);
          WeightFiles files = WeightFiles.open(folder);
          InferenceModel stored = InferenceModel.load(config, files, kernels, mode)) {
        assertThat(whole(stored, ids)).isEqualTo(whole(masters, ids));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(InferenceMode.class)
  void resultsDoNotDependOnKernelsAndThreads(InferenceMode mode) {
    int[] ids = prompt(1);
    int[] expected;
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        InferenceModel model = model(kernels, mode)) {
      expected = whole(model, ids);
    }
    for (int threads = 1; threads <= 3; threads++) {
      try (Kernels kernels = KernelChoice.open(KernelTier.VECTOR, threads, _ -> {});
          InferenceModel model = model(kernels, mode)) {
        assertThat(kernels.tier()).isEqualTo("vector");
        assertThat(whole(model, ids)).as("%d threads", threads).isEqualTo(expected);
      }
    }
  }
}
