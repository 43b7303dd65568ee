package dev.hadal.model;

import dev.hadal.kernels.GroupedWeights;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.OperandKind;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of every weight of a model as {@link InferenceLoader} packs it, from shapes alone: the
 * padding of panels and of places in memory included.
 *
 * @param layouts of the weights that stay small integers
 */
record PackedSizes(ModelConfig config, InferenceMode mode, Kernels kernels, Layouts layouts) {
  /** What a weight is where it stays small integers, else null. */
  @FunctionalInterface
  interface Layouts {
    GroupedWeights.@Nullable Layout of(String name);
  }

  /**
   * What there is.
   *
   * @param all bytes
   * @param read bytes that decoding one token reads, without the MTP layer
   * @param experts what routed experts have of all
   */
  record Sums(long all, long read, InferenceMemory.Experts experts) {}

  /** Adds up. */
  Sums sums() {
    long all = 0;
    double read = 0;
    long routed = 0;
    long expert = 0;
    long largest = 0;
    for (Map.Entry<String, Shape> entry : ParameterNames.of(config).entrySet()) {
      String name = entry.getKey();
      long bytes = bytes(name, entry.getValue());
      all += bytes;
      read += bytes * share(name);
      if (ParameterNames.isOfRoutedExpert(name)) {
        routed += bytes;
        // Gate, up and down projection of one expert follow each other.
        expert = name.endsWith("gate_proj.weight") ? bytes : expert + bytes;
        largest = Math.max(largest, expert);
      }
    }
    int layers = config.moeLayers().length;
    all += layers * aligned((long) type().bytes() * config.nRoutedExperts());
    return new Sums(
        all,
        (long) read,
        new InferenceMemory.Experts(layers * config.nRoutedExperts(), routed, largest));
  }

  private long bytes(String name, Shape shape) {
    if (shape.axes() == 1) {
      return aligned(shape.elements() * type().bytes());
    }
    if (name.equals(ParameterNames.EMBEDDING)) {
      return aligned(shape.elements() * (mode.rounds() ? DType.BF16 : type()).bytes());
    }
    if (name.endsWith("kv_b_proj.weight")) {
      long latent = shape.extent(1);
      InferenceKind kind = mode.outsideBlocks();
      return config.numAttentionHeads()
          * (panels(kind, latent, config.qkNopeHeadDim())
              + panels(kind, config.vHeadDim(), latent));
    }
    InferenceKind kind = kind(name);
    GroupedWeights.Layout layout = keeps(kind) ? layouts.of(name) : null;
    return layout == null
        ? panels(kind, shape.extent(0), shape.extent(1))
        : aligned(layout.packedBytes(shape.extent(0), Math.toIntExact(shape.extent(1))));
  }

  private InferenceKind kind(String name) {
    if (name.endsWith("mlp.gate.weight")) {
      return InferenceKind.DENSE;
    }
    boolean inside = name.contains(".self_attn.") || name.contains(".mlp.");
    return inside ? mode.inBlocks() : mode.outsideBlocks();
  }

  private boolean keeps(InferenceKind kind) {
    return mode.keepsIntegers()
        && type() == DType.F32
        && (kind != InferenceKind.DENSE || !mode.rounds());
  }

  private long panels(InferenceKind kind, long outputs, long depth) {
    OperandKind operand =
        switch (kind) {
          case DENSE -> OperandKind.DENSE;
          case BFLOAT -> OperandKind.BFLOAT;
          case TILED -> OperandKind.TILED;
          case INTEGER -> throw new IllegalArgumentException("small integers have layouts");
        };
    long bytes = kernels.matMul().packedBytes(operand, outputs, Math.toIntExact(depth));
    return type() == DType.F64 ? 2 * bytes : bytes;
  }

  private DType type() {
    return kernels.computeType();
  }

  /** How much of a weight one token needs. */
  private double share(String name) {
    boolean mtp = name.startsWith(ParameterNames.layer(config.numHiddenLayers()));
    if (mtp || name.equals(ParameterNames.EMBEDDING)) {
      return 0;
    }
    return ParameterNames.isOfRoutedExpert(name)
        ? (double) config.numExpertsPerTok() / config.nRoutedExperts()
        : 1;
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, Tensor.ALIGNMENT) * Tensor.ALIGNMENT;
  }
}
