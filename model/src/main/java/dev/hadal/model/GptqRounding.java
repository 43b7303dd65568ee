package dev.hadal.model;

import dev.hadal.format.GgufFiles;
import dev.hadal.format.Hashes;
import dev.hadal.format.IntegerTensor;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Rounds linears by GPTQ (Frantar et al., arXiv 2210.17323) for the inputs that a text gives them.
 *
 * <p>Layer by layer: the text's rows, which the layers before have made with their rounded weights,
 * go through the layer as it is, and the inputs of its linears are kept; when all are rounded, the
 * rows go through it once more and become the next layer's. In memory are the rows, one layer, and
 * one layer's inputs.
 *
 * <p>Rounded to nearest are linears that no row reached, as an expert that was never chosen; {@code
 * kv_b_proj}, which absorbed attention contracts along both of its axes, so that no inputs alone
 * tell its error; and the MTP layer, which only drafts.
 */
public final class GptqRounding implements WeightRewriter.Rounding, AutoCloseable {
  /** The most tokens of a text's pieces. */
  public static final int PIECE = InferenceModel.PASS_ROWS;

  private static final long SLACK = 256L << 20;
  private static final String LAYERS = "model.layers.";

  private final InferenceWeights weights;
  private final Kernels kernels;
  private final String label;
  private final Arena arena = Arena.ofShared();
  private final List<Tensor> pieces = new ArrayList<>();
  private final Map<String, IntegerTensor> rounded = new HashMap<>();
  private Arena roundedArena = Arena.ofShared();
  private @Nullable InputRecorder inputs;
  private @Nullable Gptq prepared;
  private String preparedFor = "";
  private int layer;

  private GptqRounding(InferenceWeights weights, Kernels kernels, int[] text) {
    this.weights = weights;
    this.kernels = kernels;
    this.label = "gptq " + Hashes.sha256(Arrays.toString(text).getBytes(StandardCharsets.UTF_8));
    ModelConfig config = weights.config();
    for (int token : text) {
      if (token < 0 || token >= config.vocabSize()) {
        throw new ModelException(
            "calibration: expected tokens from 0 to %d (vocab_size), found %d"
                .formatted(config.vocabSize() - 1, token));
      }
    }
    int length = Math.min(PIECE, config.maxPositionEmbeddings());
    try (Arena scratch = Arena.ofShared()) {
      Tensor table = weights.values(ParameterNames.EMBEDDING, DType.F32, scratch);
      for (int from = 0; from < text.length; from += length) {
        int[] ids = Arrays.copyOfRange(text, from, Math.min(text.length, from + length));
        Tensor piece = Tensor.allocate(arena, DType.F32, ids.length, config.hiddenSize());
        kernels.embedding().forward(table, ids, false, piece);
        pieces.add(piece);
      }
    }
  }

  /**
   * For a model in a folder or file.
   *
   * @param kernels of FP32, which stay the caller's
   * @param text tokens, cut into pieces of {@value #PIECE} or all positions of the model
   * @throws ModelException if a token is not one of the model's
   */
  public static GptqRounding of(
      ModelConfig config, WeightFiles files, Kernels kernels, int[] text) {
    return new GptqRounding(InferenceWeights.OfFiles.of(config, files), kernels, text);
  }

  /** The same for a GGUF file or set. */
  public static GptqRounding of(GgufConfig config, GgufFiles files, Kernels kernels, int[] text) {
    return new GptqRounding(GgufWeights.of(config, files, kernels.team()), kernels, text);
  }

  /** The method and a hash of the text, so that work is not taken up with another one. */
  @Override
  public String label() {
    return label;
  }

  @Override
  public IntegerTensor round(String name, Tensor values, int bits, int group, Arena arena) {
    if (drafts(name)) {
      return IntegerTensor.round(values, bits, group, arena);
    }
    enter(layerOf(name));
    Gptq gptq = prepare(sourceOf(name));
    IntegerTensor result =
        gptq == null
            ? IntegerTensor.round(values, bits, group, arena)
            : gptq.round(values, bits, group, arena);
    keep(name, result);
    return result;
  }

  @Override
  public void found(String name, IntegerTensor rounded) {
    if (!drafts(name)) {
      enter(layerOf(name));
      keep(name, rounded);
    }
  }

  private boolean drafts(String name) {
    return layerOf(name) >= weights.config().numHiddenLayers();
  }

  private static int layerOf(String name) {
    int end = name.indexOf('.', LAYERS.length());
    return Integer.parseInt(name.substring(LAYERS.length(), end));
  }

  /** The linear that gets the same inputs and is met first. */
  private String sourceOf(String name) {
    String queries = weights.config().compressesQueries() ? "q_a_proj" : "q_proj";
    return name.replace(".up_proj.", ".gate_proj.").replace("kv_a_proj_with_mqa", queries);
  }

  private @Nullable Gptq prepare(String source) {
    if (preparedFor.equals(source)) {
      return prepared;
    }
    InputRecorder recorder = inputs;
    if (recorder == null) {
      recorder = new InputRecorder(kernels.matMul());
      inputs = recorder;
      InputRecorder watching = recorder;
      pass(
          weights,
          recorder,
          (name, linear) -> {
            if (sourceOf(name).equals(name)) {
              watching.watch(name, linear);
            }
          },
          false);
    }
    prepared = null;
    preparedFor = source;
    try (Workspace workspace = new Workspace("calibration", Long.MAX_VALUE)) {
      Tensor product = recorder.product(source, workspace);
      prepared = product.rows() == 0 ? null : Gptq.of(product, kernels.team());
    } catch (ModelException e) {
      throw new ModelException(source + ": " + e.getMessage(), e);
    }
    return prepared;
  }

  private void keep(String name, IntegerTensor integers) {
    rounded.put(
        name,
        new IntegerTensor(
            integers.bits(),
            integers.rows(),
            integers.columns(),
            copy(integers.codes()),
            copy(integers.scales())));
  }

  private Tensor copy(Tensor tensor) {
    Tensor copy = Tensor.allocate(roundedArena, tensor.dtype(), tensor.shape().extents());
    copy.copyFrom(tensor);
    return copy;
  }

  /** Takes the rows through the layers before this one, as they are rounded. */
  private void enter(int next) {
    while (layer < next) {
      forgetInputs();
      pass(new InferenceWeights.Rounded(weights, rounded), kernels.matMul(), (_, _) -> {}, true);
      rounded.clear();
      roundedArena.close();
      roundedArena = Arena.ofShared();
      layer++;
    }
  }

  private void forgetInputs() {
    prepared = null;
    preparedFor = "";
    if (inputs != null) {
      inputs.close();
      inputs = null;
    }
  }

  /**
   * Takes the rows through the layer.
   *
   * @param watch is told the layer's linears
   * @param become whether the rows become what leaves it
   */
  private void pass(
      InferenceWeights source,
      MatMul matMul,
      BiConsumer<String, InferenceLinear> watch,
      boolean become) {
    ModelConfig config = weights.config();
    InferenceMode mode = InferenceMode.EXACT;
    InferenceMemory memory = InferenceMemory.of(source, mode, kernels);
    int longest = pieces.stream().mapToInt(Tensor::rows).max().orElse(1);
    try (Workspace packed = new Workspace("a layer", 2 * memory.weights() + SLACK);
        Workspace staging = new Workspace("weights as stored", 4 * memory.weights() + SLACK);
        Workspace scratch = new Workspace("calibration", memory.scratch() + SLACK);
        Arena tables = Arena.ofShared()) {
      InferenceContext context = new InferenceContext(kernels, mode, scratch, matMul);
      InferenceLoader loader =
          new InferenceLoader(
              source,
              kernels,
              mode,
              new PackedStore.Memory(packed),
              tables,
              staging,
              new ArrayList<>(),
              watch);
      InferenceBlock block = new InferenceBlock(loader, layer, context);
      RopeTable rope = RopeTable.of(config, longest, DType.F32, tables);
      for (Tensor piece : pieces) {
        Tensor x_TD = context.take(piece.rows(), config.hiddenSize());
        x_TD.copyFrom(piece);
        try (LatentCache cache = cache(config, piece.rows())) {
          InferencePass.Piece rows = new InferencePass.Piece(cache, 0, 0, piece.rows());
          block.forward(x_TD, InferencePass.of(List.of(rows)), rope, InferenceTrace.NONE);
        }
        if (become) {
          piece.copyFrom(x_TD);
        }
        scratch.release(new Workspace.Mark(0, 0));
      }
    }
  }

  private static LatentCache cache(ModelConfig config, int rows) {
    int width = config.kvLoraRank() + config.qkRopeHeadDim();
    int pages = LatentCachePool.pages(rows);
    LatentCachePool pool = new LatentCachePool(DType.F32, config.allLayers(), width, pages);
    LatentCache cache = new LatentCache(pool, pool, config.allLayers(), rows);
    cache.reserve(rows);
    return cache;
  }

  @Override
  public void close() {
    forgetInputs();
    roundedArena.close();
    arena.close();
  }
}
