package dev.hadal.model;

import dev.hadal.format.GgufFiles;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes a short prompt through a model with some kernels and with the scalar reference, and
 * compares every part bit for bit. One layer at a time is in memory, so the model may be larger
 * than that. Every part begins with what the reference made, so each is judged by itself and a
 * difference in one is not found again in all that follow.
 *
 * <p>All tokens but the last go through each part together and the last one alone, so both ways of
 * computing, for prompts and for single tokens, are compared.
 */
public final class LayerComparison {
  /** The most tokens of a prompt. */
  public static final int MOST_TOKENS = 256;

  private final InferenceWeights weights;
  private final Kernels kernels;
  private final InferenceMode mode;

  private LayerComparison(InferenceWeights weights, Kernels kernels, InferenceMode mode) {
    if (kernels.computeType() != DType.F32) {
      throw new IllegalArgumentException(
          "layer comparison: expected FP32 kernels, got " + kernels.computeType());
    }
    this.weights = weights;
    this.kernels = kernels;
    this.mode = mode;
  }

  /**
   * For a model in safetensors files.
   *
   * @param kernels those to compare with the reference; of FP32
   */
  public static LayerComparison of(
      ModelConfig config, WeightFiles files, Kernels kernels, InferenceMode mode) {
    return new LayerComparison(InferenceWeights.OfFiles.of(config, files), kernels, mode);
  }

  /** The same for a GGUF file or set. */
  public static LayerComparison of(
      GgufConfig config, GgufFiles files, Kernels kernels, InferenceMode mode) {
    return new LayerComparison(GgufWeights.of(config, files, kernels.team()), kernels, mode);
  }

  /**
   * The first element that differs.
   *
   * @param position of the token
   * @param element within the token's row
   * @param reference what the reference made
   * @param found what the other kernels made
   */
  public record Difference(int position, long element, double reference, double found) {}

  /**
   * What was compared at once.
   *
   * @param name in words
   * @param values how many
   * @param differing how many of them differ
   * @param first the first of these
   */
  public record Part(String name, long values, long differing, Optional<Difference> first) {}

  /**
   * A stage of the model.
   *
   * @param name in words: {@code embedding}, {@code layer 0}, {@code head}, {@code mtp}
   * @param parts in the order of the computation
   */
  public record Stage(String name, List<Part> parts) {
    /** Whether every bit is the same. */
    public boolean equal() {
      return parts.stream().allMatch(part -> part.differing == 0);
    }
  }

  /**
   * Which layers are compared; those before are passed through with the kernels alone.
   *
   * @param first from 0
   * @param last at least {@code first}; the MTP layer has the number of main layers
   */
  public record Range(int first, int last) {
    /** Checks the order. */
    public Range {
      if (first < 0 || last < first) {
        throw new ModelException(
            "layers: expected a first and a last one, found %d to %d".formatted(first, last));
      }
    }
  }

  /** All layers, with the MTP layer if there is one. */
  public Range all() {
    return new Range(0, weights.config().allLayers() - 1);
  }

  /** What was switched off or ignored, in whole sentences. */
  public List<String> warnings() {
    return weights.warnings();
  }

  /**
   * The bytes of the largest layer as FP32 numbers, which the reference keeps on the Java heap; the
   * embedding and the head count as layers.
   */
  public long largestLayerBytes() {
    return largestLayerBytes(weights.config());
  }

  static long largestLayerBytes(ModelConfig config) {
    long[] elements = new long[config.allLayers()];
    long largest = 0;
    for (Map.Entry<String, Shape> entry : ParameterNames.of(config).entrySet()) {
      String name = entry.getKey();
      int layer = layerOf(name);
      if (layer < 0) {
        largest = Math.max(largest, entry.getValue().elements());
      } else {
        elements[layer] += entry.getValue().elements();
        largest = Math.max(largest, elements[layer]);
      }
    }
    return largest * Float.BYTES;
  }

  private static int layerOf(String name) {
    String prefix = "model.layers.";
    return name.startsWith(prefix)
        ? Integer.parseInt(name.substring(prefix.length(), name.indexOf('.', prefix.length())))
        : -1;
  }

  /**
   * Compares.
   *
   * @param tokens of the prompt, 2 to {@value #MOST_TOKENS}
   * @param range no layer beyond those there are
   * @param listener is told of each stage when it is done
   * @throws ModelException if a token or a layer is none of the model's, or a weight is not what it
   *     should be
   */
  public void run(int[] tokens, Range range, Consumer<Stage> listener) {
    check(tokens, range);
    try (Kernels scalar = new ReferenceKernels(Arithmetic.FP32);
        LayerwisePass reference = new LayerwisePass(weights, scalar, mode, tokens);
        LayerwisePass tested = new LayerwisePass(weights, kernels, mode, tokens);
        Arena arena = Arena.ofShared()) {
      int main = weights.config().numHiddenLayers();
      Tensor embedded_TD = reference.embed(arena);
      listener.accept(stage("embedding", compare("rows", embedded_TD, tested.embed(arena))));
      Tensor x_TD = copy(embedded_TD, arena);
      for (int layer = 0; layer <= Math.min(range.last, main - 1); layer++) {
        if (layer < range.first) {
          tested.through(layer, x_TD);
        } else {
          listener.accept(layer(layer, x_TD, reference, tested));
        }
      }
      if (range.last >= main - 1) {
        end(range, embedded_TD, x_TD, reference, tested, listener);
      }
    }
  }

  private void check(int[] tokens, Range range) {
    ModelConfig config = weights.config();
    int most = Math.min(MOST_TOKENS, config.maxPositionEmbeddings());
    if (tokens.length < 2 || tokens.length > most) {
      throw new ModelException(
          "prompt: expected 2 to %d tokens, found %d".formatted(most, tokens.length));
    }
    for (int token : tokens) {
      if (token < 0 || token >= config.vocabSize()) {
        throw new ModelException(
            "prompt: expected tokens from 0 to %d (vocab_size), found %d"
                .formatted(config.vocabSize() - 1, token));
      }
    }
    if (range.last >= config.allLayers()) {
      throw new ModelException(
          "layers: expected 0 to %d, found %d".formatted(config.allLayers() - 1, range.last));
    }
  }

  /** What the reference made of one layer. */
  private record Expected(
      Tensor attended_TD, List<Tensor> cached, Tensor out_TD, LayerwisePass.Routing routing) {}

  /** x becomes what leaves the reference's layer. */
  private static Stage layer(
      int layer, Tensor x_TD, LayerwisePass reference, LayerwisePass tested) {
    try (Arena arena = Arena.ofShared()) {
      List<Expected> expected = new ArrayList<>(1);
      reference.layer(
          layer,
          halves -> {
            Tensor y_TD = copy(x_TD, arena);
            halves.attend(y_TD);
            Tensor attended_TD = copy(y_TD, arena);
            LayerwisePass.Routing routing = halves.feedForward(y_TD, arena);
            expected.add(new Expected(attended_TD, reference.cached(layer, arena), y_TD, routing));
          });
      Expected made = expected.getFirst();
      List<Part> parts = new ArrayList<>();
      tested.layer(
          layer,
          halves -> {
            Tensor y_TD = copy(x_TD, arena);
            halves.attend(y_TD);
            parts.add(
                compare("latent cache", made.cached, tested.cached(layer, arena), x_TD.rows()));
            parts.add(compare("attention", made.attended_TD, y_TD));
            y_TD.copyFrom(made.attended_TD);
            LayerwisePass.Routing routing = halves.feedForward(y_TD, arena);
            routing(made.routing, routing, parts);
            String name = routing.index().isEmpty() ? "mlp" : "experts";
            parts.add(compare(name, made.out_TD, y_TD));
          });
      x_TD.copyFrom(made.out_TD);
      return new Stage("layer " + layer, List.copyOf(parts));
    }
  }

  private void end(
      Range range,
      Tensor embedded_TD,
      Tensor x_TD,
      LayerwisePass reference,
      LayerwisePass tested,
      Consumer<Stage> listener) {
    int main = weights.config().numHiddenLayers();
    try (Arena arena = Arena.ofShared()) {
      Tensor state_TD = reference.states(x_TD, arena);
      if (range.first < main) {
        Tensor logits = reference.logits(state_TD, arena);
        listener.accept(
            stage(
                "head",
                compare("final norm", state_TD, tested.states(x_TD, arena)),
                compare("logits", logits, tested.logits(state_TD, arena))));
      }
      if (range.last < main) {
        return;
      }
      int rows = state_TD.rows();
      Tensor before_TD = state_TD.slice(0, rows - 1L);
      Tensor next_TD = embedded_TD.slice(1, rows);
      List<LayerwisePass.Routing> routings = new ArrayList<>();
      Tensor expected = reference.predict(next_TD, before_TD, routings::add, arena);
      Tensor found = tested.predict(next_TD, before_TD, routings::add, arena);
      List<Part> parts = new ArrayList<>();
      parts.add(
          compare(
              "latent cache",
              reference.cached(main, arena),
              tested.cached(main, arena),
              before_TD.rows()));
      routing(routings.getFirst(), routings.getLast(), parts);
      parts.add(compare("states", expected, found));
      listener.accept(new Stage("mtp layer " + main, List.copyOf(parts)));
    }
  }

  private static Stage stage(String name, Part... parts) {
    return new Stage(name, List.of(parts));
  }

  private static Tensor copy(Tensor tensor, Arena arena) {
    Tensor copy = Tensor.allocate(arena, tensor.dtype(), tensor.shape().extents());
    copy.copyFrom(tensor);
    return copy;
  }

  private static void routing(
      LayerwisePass.Routing expected, LayerwisePass.Routing found, List<Part> parts) {
    if (expected.index().isEmpty()) {
      return;
    }
    int rows = expected.index().stream().mapToInt(Tensor::rows).sum();
    parts.add(compare("chosen experts", expected.index(), found.index(), rows));
    parts.add(compare("their weights", expected.weight(), found.weight(), rows));
  }

  private static Part compare(String name, Tensor expected, Tensor found) {
    return compare(name, List.of(expected), List.of(found), expected.rows());
  }

  /**
   * Compares the first rows of tensors that follow each other. NaN equals NaN: its bits depend on
   * the order of operands.
   */
  private static Part compare(String name, List<Tensor> expected, List<Tensor> found, int rows) {
    long differing = 0;
    Difference first = null;
    int row = 0;
    int columns = expected.getFirst().columns();
    for (int piece = 0; piece < expected.size() && row < rows; piece++) {
      Tensor a = expected.get(piece);
      Tensor b = found.get(piece);
      int last = Math.min(a.rows(), rows - row);
      for (long i = 0; i < (long) last * columns; i++) {
        double x = value(a, i);
        double y = value(b, i);
        if (Double.doubleToLongBits(x) != Double.doubleToLongBits(y)) {
          differing++;
          if (first == null) {
            first = new Difference((int) (row + i / columns), i % columns, x, y);
          }
        }
      }
      row += last;
    }
    return new Part(name, (long) rows * columns, differing, Optional.ofNullable(first));
  }

  private static double value(Tensor tensor, long index) {
    return switch (tensor.dtype()) {
      case F32 -> tensor.getFloat(index);
      case I32 -> tensor.getInt(index);
      case BF16 -> Float.intBitsToFloat(tensor.data().get(Tensor.SHORT, 2 * index) << Short.SIZE);
      default -> throw new IllegalStateException("no part is in " + tensor.dtype());
    };
  }
}
