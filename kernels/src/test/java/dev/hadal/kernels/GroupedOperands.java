package dev.hadal.kernels;

import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.Float16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Random weights of every kind of quantized file, and activations for them. */
record GroupedOperands(Workspace workspace, Random random) {
  private static final GroupedWeights.Nibbles UNEVEN =
      new GroupedWeights.Nibbles(
          List.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113));

  /** One kind of file's weights. */
  record Kind(GroupedWeights.Code code, @Nullable DType plain, int group, boolean offsets) {}

  static List<Kind> kinds() {
    List<Kind> kinds = new ArrayList<>();
    for (boolean offsets : new boolean[] {false, true}) {
      for (GroupedWeights.Code code :
          List.of(new GroupedWeights.Bytes(), GroupedWeights.Nibbles.from(-8), UNEVEN)) {
        for (DType plain : List.of(DType.F16, DType.BF16, DType.F32)) {
          kinds.add(new Kind(code, plain, 32, offsets));
        }
        kinds.add(new Kind(code, null, 16, offsets));
        kinds.add(new Kind(code, null, 32, offsets));
      }
    }
    return kinds;
  }

  GroupedWeights weights(Kind kind, int outputs, int depth) {
    Tensor codes = workspace.take(DType.I8, outputs, depth);
    boolean nibbles = kind.code instanceof GroupedWeights.Nibbles;
    for (long i = 0; i < codes.elements(); i++) {
      int code = nibbles ? random.nextInt(16) : random.nextInt(256) - 128;
      codes.data().set(Tensor.BYTE, i, (byte) code);
    }
    GroupedWeights.Scales scales = scales(kind, outputs, depth);
    return new GroupedWeights(
        codes, kind.code, scales, kind.offsets ? scales(kind, outputs, depth) : null);
  }

  GroupedWeights.Scales scales(Kind kind, int outputs, int depth) {
    if (kind.plain != null) {
      return new GroupedWeights.Plain(numbers(kind.plain, outputs, depth / 32));
    }
    Tensor inner = workspace.take(DType.I8, outputs, depth / kind.group);
    for (long i = 0; i < inner.elements(); i++) {
      inner.data().set(Tensor.BYTE, i, (byte) (random.nextInt(64) - 32));
    }
    return new GroupedWeights.Nested(numbers(DType.F16, outputs, depth / 256), inner, kind.group);
  }

  Tensor numbers(DType type, int rows, int columns) {
    Tensor numbers = workspace.take(type, rows, columns);
    for (long i = 0; i < numbers.elements(); i++) {
      float value = (float) random.nextGaussian() * 0.01f;
      switch (type) {
        case F16 -> numbers.data().set(Tensor.SHORT, 2 * i, Float16.encode(value));
        case BF16 -> numbers.data().set(Tensor.SHORT, 2 * i, BFloat16.encode(value));
        default -> numbers.setFloat(i, value);
      }
    }
    return numbers;
  }

  Tensor activations(int rows, int depth) {
    Tensor x = workspace.take(DType.F32, rows, depth);
    for (long i = 0; i < x.elements(); i++) {
      x.setFloat(i, (float) random.nextGaussian());
    }
    return x;
  }

  int depth(Kind kind) {
    return kind.plain == null ? 256 * (1 + random.nextInt(3)) : 32 * (1 + random.nextInt(20));
  }

  static int[] bits(Tensor tensor) {
    return IntStream.range(0, (int) tensor.elements())
        .map(i -> Float.floatToIntBits(tensor.getFloat(i)))
        .toArray();
  }

  Tensor multiply(MatMul matMul, Matrix a, GroupedWeights b) {
    Tensor c = workspace.take(DType.F32, a.rows(), b.outputs());
    MatMul.Packed packed = matMul.packGrouped(List.of(b), workspace).getFirst();
    matMul.multiply(MatMul.Job.of(a, packed, c));
    return c;
  }
}
