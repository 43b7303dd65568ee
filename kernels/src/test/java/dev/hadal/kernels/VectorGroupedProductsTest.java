package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.Float16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products with {@link GroupedWeights}: the reference by its definition, the Vector tier by it. */
final class VectorGroupedProductsTest {
  private static final GroupedWeights.Nibbles UNEVEN =
      new GroupedWeights.Nibbles(
          List.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113));

  private final Workspace workspace = new Workspace("test", 64 << 20);
  private final Arena arena = Arena.ofShared();
  private final Random random = new Random(7);

  @AfterEach
  void close() {
    workspace.close();
    arena.close();
  }

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

  private GroupedWeights weights(Kind kind, int outputs, int depth) {
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

  private GroupedWeights.Scales scales(Kind kind, int outputs, int depth) {
    if (kind.plain != null) {
      return new GroupedWeights.Plain(numbers(kind.plain, outputs, depth / 32));
    }
    Tensor inner = workspace.take(DType.I8, outputs, depth / kind.group);
    for (long i = 0; i < inner.elements(); i++) {
      inner.data().set(Tensor.BYTE, i, (byte) (random.nextInt(64) - 32));
    }
    return new GroupedWeights.Nested(numbers(DType.F16, outputs, depth / 256), inner, kind.group);
  }

  private Tensor numbers(DType type, int rows, int columns) {
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

  private Tensor activations(int rows, int depth) {
    Tensor x = workspace.take(DType.F32, rows, depth);
    for (long i = 0; i < x.elements(); i++) {
      x.setFloat(i, (float) random.nextGaussian());
    }
    return x;
  }

  private int depth(Kind kind) {
    return kind.plain == null ? 256 * (1 + random.nextInt(3)) : 32 * (1 + random.nextInt(20));
  }

  private static int[] bits(Tensor tensor) {
    return IntStream.range(0, (int) tensor.elements())
        .map(i -> Float.floatToIntBits(tensor.getFloat(i)))
        .toArray();
  }

  private Tensor multiply(MatMul matMul, Matrix a, GroupedWeights b) {
    Tensor c = workspace.take(DType.F32, a.rows(), b.outputs());
    MatMul.Packed packed = matMul.packGrouped(List.of(b), workspace).getFirst();
    matMul.multiply(MatMul.Job.of(a, packed, c));
    return c;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theReferenceIsTheDefinition(Kind kind) {
    int depth = depth(kind);
    GroupedWeights b = weights(kind, 5, depth);
    Matrix.Integers a = new ReferenceQuantizer().toIntegers(activations(3, depth), workspace);
    Tensor c = multiply(new ReferenceMatMul(), a, b);
    for (int m = 0; m < 3; m++) {
      for (int n = 0; n < 5; n++) {
        double exact = 0;
        double size = 0;
        for (int k = 0; k < depth; k++) {
          double x =
              (double) a.codes().data().get(Tensor.BYTE, (long) m * depth + k)
                  * a.scales().getFloat((long) m * a.scales().columns() + k / 32);
          exact += x * b.weight(n, k);
          size += Math.abs(x * b.weight(n, k));
        }
        assertThat((double) c.getFloat(m * 5L + n)).isCloseTo(exact, within(1e-6 * size));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void weightsOfFp32ActivationsAreThoseOfADenseProduct(Kind kind) {
    int depth = depth(kind);
    GroupedWeights b = weights(kind, 19, depth);
    Tensor weights = workspace.take(DType.F32, 19, depth);
    for (int i = 0; i < weights.elements(); i++) {
      weights.setFloat(i, b.weight(i / depth, i % depth));
    }
    Matrix x = new Matrix.Dense(activations(3, depth));
    MatMul reference = new ReferenceMatMul();
    MatMul.Packed dense =
        reference.pack(new Matrix.Dense(weights), MatMul.Contraction.COLUMNS, workspace);
    Tensor expected = workspace.take(DType.F32, 3, 19);
    reference.multiply(MatMul.Job.of(x, dense, expected));
    assertThat(bits(multiply(reference, x, b))).isEqualTo(bits(expected));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theVectorTierHasTheBitsOfTheReference(Kind kind) {
    boolean narrow = System.getProperty("hadal.test.vectorBytes") != null;
    for (int threads : narrow ? new int[] {2} : new int[] {1, 2}) {
      try (ThreadTeam team = new SpinningTeam(threads)) {
        MatMul vector = new VectorMatMul(team);
        for (int outputs : new int[] {1, 16, 67}) {
          int depth = depth(kind);
          GroupedWeights b = weights(kind, outputs, depth);
          for (int rows : narrow ? new int[] {1, 13} : new int[] {1, 5, 13, 37}) {
            Tensor x = activations(rows, depth);
            Matrix.Integers integers = new ReferenceQuantizer().toIntegers(x, workspace);
            for (Matrix a : List.of(integers, new Matrix.Dense(x))) {
              assertThat(bits(multiply(vector, a, b)))
                  .as("%s: %d rows, %d outputs, depth %d", kind, rows, outputs, depth)
                  .isEqualTo(bits(multiply(new ReferenceMatMul(), a, b)));
            }
          }
        }
      }
    }
  }

  @Test
  void manyProductsOfOneCallKeepTheirOrder() {
    try (ThreadTeam team = new SpinningTeam(2)) {
      MatMul vector = new VectorMatMul(team);
      Kind four = new Kind(GroupedWeights.Nibbles.from(0), null, 32, true);
      Kind six = new Kind(new GroupedWeights.Bytes(), null, 16, false);
      List<GroupedWeights> weights =
          List.of(weights(four, 40, 512), weights(six, 33, 512), weights(four, 7, 512));
      Matrix.Integers x = new ReferenceQuantizer().toIntegers(activations(9, 512), workspace);
      Tensor dense = activations(4, 64);
      MatMul.Packed packedDense =
          vector.pack(new Matrix.Dense(activations(6, 64)), MatMul.Contraction.COLUMNS, workspace);
      Tensor ofDense = workspace.take(DType.F32, 4, 6);
      List<MatMul.Packed> packed = vector.packGrouped(weights, workspace);
      List<MatMul.Job> jobs = new ArrayList<>();
      List<Tensor> outputs = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Tensor c = workspace.take(DType.F32, 9, weights.get(i).outputs());
        outputs.add(c);
        jobs.add(MatMul.Job.of(x, packed.get(i), c));
      }
      jobs.add(1, MatMul.Job.of(new Matrix.Dense(dense), packedDense, ofDense));
      vector.multiplyAll(jobs);
      for (int i = 0; i < 3; i++) {
        assertThat(bits(outputs.get(i)))
            .isEqualTo(bits(multiply(new ReferenceMatMul(), x, weights.get(i))));
      }
    }
  }

  @Test
  void integersOfAllTiersAreThoseOfTheReference() {
    float[] special = {Float.NaN, Float.POSITIVE_INFINITY, 0x1p-140f, -0f, 1e30f, 0x1p-119f};
    for (int columns : new int[] {1, 31, 32, 96, 100, 256}) {
      Tensor x = activations(40, columns);
      for (int i = 0; i < special.length; i++) {
        x.setFloat((long) i * 7 % x.elements(), special[i]);
      }
      for (int i = 0; i < columns; i++) {
        x.setFloat(20L * columns + i, 0x1p-130f);
        x.setFloat(21L * columns + i, i % 2 == 0 ? 2.5f : 127);
      }
      Matrix.Integers expected = new ReferenceQuantizer().toIntegers(x, workspace);
      try (ThreadTeam team = new SpinningTeam(2)) {
        Matrix.Integers found = new VectorQuantizer(team).toIntegers(x, workspace);
        assertThat(found.codes().data().mismatch(expected.codes().data())).isEqualTo(-1);
        assertThat(bits(found.scales())).isEqualTo(bits(expected.scales()));
      }
    }
  }

  @Test
  void integersAreTheNearest() {
    Tensor x = workspace.take(DType.F32, 1, 32);
    x.data().fill((byte) 0);
    x.setFloat(0, 254);
    x.setFloat(1, 5);
    x.setFloat(2, -7);
    x.setFloat(3, -254);
    Matrix.Integers q = new ReferenceQuantizer().toIntegers(x, workspace);
    assertThat(q.scales().getFloat(0)).isEqualTo(2);
    byte[] codes = q.codes().data().toArray(Tensor.BYTE);
    assertThat(List.of(codes[0], codes[1], codes[2], codes[3], codes[4]))
        .containsExactly((byte) 127, (byte) 2, (byte) -4, (byte) -127, (byte) 0);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Kind kind = new Kind(new GroupedWeights.Bytes(), DType.F16, 32, false);
    assertThatThrownBy(() -> weights(kind, 4, 48))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("multiple of 32 elements, found 48");
    Tensor codes = workspace.take(DType.I8, 4, 64);
    GroupedWeights.Scales few = new GroupedWeights.Plain(numbers(DType.F16, 4, 1));
    assertThatThrownBy(() -> new GroupedWeights(codes, new GroupedWeights.Bytes(), few, null))
        .hasMessage("grouped weights: scales of [4, 32] for codes [4, 64]");
    assertThatThrownBy(() -> GroupedWeights.Nibbles.from(113))
        .hasMessageContaining("expected sixteen values of -128 to 127");
    GroupedWeights b = weights(kind, 4, 64);
    MatMul.Packed packed = new ReferenceMatMul().packGrouped(List.of(b), workspace).getFirst();
    Tensor c = workspace.take(DType.F32, 2, 4);
    Matrix.BFloat a = new ReferenceQuantizer().toBFloat16(activations(2, 64), workspace);
    assertThatThrownBy(() -> new ReferenceMatMul().multiply(MatMul.Job.of(a, packed, c)))
        .hasMessage("product: grouped weights multiply integers or FP32 values");
  }
}
