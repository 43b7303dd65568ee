package dev.hadal.model;

import dev.hadal.format.TensorConversion;
import dev.hadal.kernels.GroupedWeights;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Quantizer;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Rounds and packs the weights of an {@link InferenceModel}, once.
 *
 * <p>FP8 weights that a file stores as 128x128 blocks are taken as they are; others are quantised
 * from their BF16 values, as in training. Values that stay BF16 are the stored ones, dequantised
 * and rounded once.
 *
 * @param store where packed weights and the embedding table live
 * @param tables where norms and biases live
 * @param staging memory of one call
 * @param warnings takes sentences
 * @param watch is told every linear with its name
 */
record InferenceLoader(
    InferenceWeights weights,
    Kernels kernels,
    InferenceMode mode,
    PackedStore store,
    Arena tables,
    Workspace staging,
    List<String> warnings,
    BiConsumer<String, InferenceLinear> watch) {

  private static final String SCALAR =
      "The scalar reference, many times slower, multiplies small integers: start with --kernels vector.";

  /** Linears whose values are decoded at once; enough for a team of threads to share. */
  private static final int PACKED_TOGETHER = 16;

  ModelConfig config() {
    return weights.config();
  }

  DType type() {
    return kernels.computeType();
  }

  /**
   * Values in the compute type, in a call's memory. BF16 ones, which most are, become so by the
   * kernels: whoever waits for a first token waits for all weights.
   */
  private Tensor values(String name, Lifetime lifetime) {
    Tensor stored = type() == DType.F32 ? weights.bfloats(name) : null;
    if (stored == null) {
      return weights.values(name, type(), lifetime.arena());
    }
    Tensor values = staging.take(type(), stored.shape().extents());
    kernels.quantizer().fromBFloat16(stored, values);
    return values;
  }

  /**
   * How long the values of one call live: until it ends. Closing an arena that threads share stops
   * all threads for a moment, so there is one only if something needs it.
   */
  private final class Lifetime implements AutoCloseable {
    private final Workspace.Mark mark = staging.mark();
    private @Nullable Arena arena;

    /** Shared: the team's threads read what is packed. */
    Arena arena() {
      Arena open = arena == null ? Arena.ofShared() : arena;
      arena = open;
      return open;
    }

    @Override
    public void close() {
      staging.release(mark);
      if (arena != null) {
        arena.close();
      }
    }
  }

  /** A copy of a norm's weight. */
  Tensor vector(String name) {
    try (Lifetime lifetime = new Lifetime()) {
      Tensor values = values(name, lifetime);
      Tensor copy = Tensor.allocate(tables, type(), values.elements());
      copy.copyFrom(values);
      return copy;
    }
  }

  /** The choice bias of a gate; zeros where it has none. */
  Tensor gateBias(int layer) {
    return config().hasGateBias()
        ? vector(ParameterNames.gateBias(layer))
        : Tensor.allocate(tables, type(), config().nRoutedExperts());
  }

  /** The embedding table: BF16 in the modes that round it, else in the compute type. */
  Tensor embedding() {
    DType wanted = mode.rounds() ? DType.BF16 : type();
    return store.tensor(
        ParameterNames.EMBEDDING,
        memory -> {
          try (Lifetime lifetime = new Lifetime()) {
            Tensor stored = weights.bfloats(ParameterNames.EMBEDDING);
            Tensor values = stored != null ? stored : values(ParameterNames.EMBEDDING, lifetime);
            Tensor table = memory.take(wanted, values.rows(), values.columns());
            TensorConversion.convert(values, table);
            return table;
          }
        });
  }

  InferenceLinear linear(String name, InferenceKind kind) {
    return linears(List.of(name), kind).getFirst();
  }

  /**
   * Several linears that are multiplied alike, packed in parallel.
   *
   * @param kind unless all are stored as small integers and the mode keeps these
   */
  List<InferenceLinear> linears(List<String> names, InferenceKind kind) {
    String key = key(names);
    List<InferenceLinear> linears =
        store.linears(key, kernels.matMul(), memory -> pack(names, kind, memory)).linears();
    for (int i = 0; i < names.size(); i++) {
      watch.accept(names.get(i), linears.get(i));
    }
    return linears;
  }

  private static String key(List<String> names) {
    return "%s and %d".formatted(names.getFirst(), names.size() - 1);
  }

  /** The routed experts of a layer: in memory, or as they are needed. */
  RoutedWeights routed(int layer, InferenceKind kind) {
    List<String> gates = experts(layer, "gate_proj");
    List<String> ups = experts(layer, "up_proj");
    List<String> downs = experts(layer, "down_proj");
    return store
        .routed(key(gates), key(ups), key(downs), gates.size(), kernels.matMul())
        .orElseGet(
            () ->
                new RoutedWeights.Resident(
                    linears(gates, kind), linears(ups, kind), linears(downs, kind)));
  }

  private List<String> experts(int layer, String part) {
    List<String> names = new ArrayList<>(config().nRoutedExperts());
    for (int e = 0; e < config().nRoutedExperts(); e++) {
      names.add("%smlp.experts.%d.%s.weight".formatted(ParameterNames.layer(layer), e, part));
    }
    return names;
  }

  /** A few at a time, so that not all experts of a layer are in memory twice. */
  private PackedLinears pack(List<String> names, InferenceKind kind, Workspace memory) {
    boolean grouped = keeps(kind) && names.stream().allMatch(n -> weights.layout(n) != null);
    List<MatMul.Packed> operands = new ArrayList<>(names.size());
    for (int from = 0; from < names.size(); from += PACKED_TOGETHER) {
      List<String> some = names.subList(from, Math.min(names.size(), from + PACKED_TOGETHER));
      try (Lifetime lifetime = new Lifetime()) {
        operands.addAll(
            grouped ? packIntegers(some, memory) : packValues(some, kind, memory, lifetime));
      }
    }
    InferenceKind kept = mode.rounds() ? InferenceKind.INTEGER : InferenceKind.DENSE;
    return new PackedLinears(grouped ? kept : kind, operands);
  }

  private List<MatMul.Packed> packIntegers(List<String> names, Workspace memory) {
    List<GroupedWeights> grouped = new ArrayList<>(names.size());
    for (String name : names) {
      grouped.add(Objects.requireNonNull(weights.grouped(name, staging), name));
    }
    List<MatMul.Packed> operands = kernels.matMul().packGrouped(grouped, memory);
    boolean scalar = kernels.matMul().store(operands.getFirst()).isEmpty();
    if (scalar && !kernels.tier().equals("reference") && !warnings.contains(SCALAR)) {
      warnings.add(SCALAR);
    }
    return operands;
  }

  private List<MatMul.Packed> packValues(
      List<String> names, InferenceKind kind, Workspace memory, Lifetime lifetime) {
    List<Matrix> operands = new ArrayList<>(names.size());
    for (String name : names) {
      operands.add(operand(name, kind, lifetime));
    }
    return kernels.matMul().packAll(operands, MatMul.Contraction.COLUMNS, memory);
  }

  /** The gate of experts is FP32 in all modes. */
  private boolean keeps(InferenceKind kind) {
    return mode.keepsIntegers()
        && type() == DType.F32
        && (kind != InferenceKind.DENSE || !mode.rounds());
  }

  private Matrix operand(String name, InferenceKind kind, Lifetime lifetime) {
    if (kind == InferenceKind.TILED) {
      Matrix.@Nullable Tiled stored = weights.blocks(name);
      if (stored != null) {
        return stored;
      }
    }
    Tensor values = values(name, lifetime);
    return switch (kind) {
      case DENSE -> new Matrix.Dense(values);
      case BFLOAT -> kernels.quantizer().toBFloat16(values, staging);
      case INTEGER -> throw new IllegalStateException("small integers are packed as such");
      case TILED -> {
        Tensor rounded = staging.take(type(), values.rows(), values.columns());
        rounded.copyFrom(values);
        kernels.quantizer().roundToBFloat16(rounded);
        yield kernels
            .quantizer()
            .quantize(
                rounded,
                Quantizer.Format.E4M3,
                Matrix.Tiling.BLOCKS,
                Quantizer.Scale.FP32,
                staging);
      }
    };
  }

  /**
   * kv_b_proj [H (N + V), C] cut into the two factors of each head that absorbed attention needs.
   *
   * @param keys per head q_nope [T, N] to [T, C]: contracts the N rows of W_UK
   * @param values per head [T, C] to [T, V]: contracts the columns of W_UV
   */
  record Absorbed(List<MatMul.Packed> keys, List<MatMul.Packed> values, InferenceKind kind) {}

  Absorbed absorbed(String name) {
    PackedLinears keys = factors(name, 0, config().qkNopeHeadDim(), MatMul.Contraction.ROWS);
    PackedLinears values =
        factors(name, config().qkNopeHeadDim(), config().vHeadDim(), MatMul.Contraction.COLUMNS);
    return new Absorbed(keys.operands(), values.operands(), keys.kind());
  }

  /** Each head's rows from {@code first} on. */
  private PackedLinears factors(String name, int first, int rows, MatMul.Contraction contraction) {
    return store.linears(
        name + " " + contraction,
        kernels.matMul(),
        memory -> {
          try (Lifetime lifetime = new Lifetime()) {
            Tensor weight = values(name, lifetime);
            InferenceKind kind = mode.outsideBlocks();
            Matrix whole =
                kind == InferenceKind.DENSE
                    ? new Matrix.Dense(weight)
                    : kernels.quantizer().toBFloat16(weight, staging);
            List<Matrix> factors = new ArrayList<>();
            int head = config().qkNopeHeadDim() + config().vHeadDim();
            for (int h = 0; h < config().numAttentionHeads(); h++) {
              factors.add(whole.slice(h * head + first, h * head + first + rows));
            }
            return new PackedLinears(kind, kernels.matMul().packAll(factors, contraction, memory));
          }
        });
  }
}
