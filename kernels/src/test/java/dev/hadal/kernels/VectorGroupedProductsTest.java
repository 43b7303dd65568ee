package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products with {@link GroupedWeights}: the reference by its definition, the Vector tier by it. */
final class VectorGroupedProductsTest {
  private final Workspace workspace = new Workspace("test", 64 << 20);
  private final Arena arena = Arena.ofShared();
  private final GroupedOperands operands = new GroupedOperands(workspace, new Random(7));

  @AfterEach
  void close() {
    workspace.close();
    arena.close();
  }

  @ParameterizedTest
  @MethodSource("dev.hadal.kernels.GroupedOperands#kinds")
  void theReferenceIsTheDefinition(GroupedOperands.Kind kind) {
    int depth = operands.depth(kind);
    GroupedWeights b = operands.weights(kind, 5, depth);
    Matrix.Integers a =
        new ReferenceQuantizer().toIntegers(operands.activations(3, depth), workspace);
    Tensor c = operands.multiply(new ReferenceMatMul(), a, b);
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
  @MethodSource("dev.hadal.kernels.GroupedOperands#kinds")
  void weightsOfFp32ActivationsAreThoseOfADenseProduct(GroupedOperands.Kind kind) {
    int depth = operands.depth(kind);
    GroupedWeights b = operands.weights(kind, 19, depth);
    Tensor weights = workspace.take(DType.F32, 19, depth);
    for (int i = 0; i < weights.elements(); i++) {
      weights.setFloat(i, b.weight(i / depth, i % depth));
    }
    Matrix x = new Matrix.Dense(operands.activations(3, depth));
    MatMul reference = new ReferenceMatMul();
    MatMul.Packed dense =
        reference.pack(new Matrix.Dense(weights), MatMul.Contraction.COLUMNS, workspace);
    Tensor expected = workspace.take(DType.F32, 3, 19);
    reference.multiply(MatMul.Job.of(x, dense, expected));
    assertThat(GroupedOperands.bits(operands.multiply(reference, x, b)))
        .isEqualTo(GroupedOperands.bits(expected));
  }

  @ParameterizedTest
  @MethodSource("dev.hadal.kernels.GroupedOperands#kinds")
  void theVectorTierHasTheBitsOfTheReference(GroupedOperands.Kind kind) {
    boolean narrow = System.getProperty("hadal.test.vectorBytes") != null;
    try (ThreadTeam team = new SpinningTeam(2)) {
      MatMul vector = new VectorMatMul(team);
      for (int outputs : new int[] {1, 67}) {
        int depth = operands.depth(kind);
        GroupedWeights b = operands.weights(kind, outputs, depth);
        for (int rows : narrow ? new int[] {1, 13} : new int[] {1, 5, 37}) {
          Tensor x = operands.activations(rows, depth);
          Matrix.Integers integers = new ReferenceQuantizer().toIntegers(x, workspace);
          for (Matrix a : List.of(integers, new Matrix.Dense(x))) {
            assertThat(GroupedOperands.bits(operands.multiply(vector, a, b)))
                .as("%s: %d rows, %d outputs, depth %d", kind, rows, outputs, depth)
                .isEqualTo(GroupedOperands.bits(operands.multiply(new ReferenceMatMul(), a, b)));
          }
        }
      }
    }
  }

  @Test
  void manyProductsOfOneCallKeepTheirOrder() {
    try (ThreadTeam team = new SpinningTeam(2)) {
      MatMul vector = new VectorMatMul(team);
      GroupedOperands.Kind four =
          new GroupedOperands.Kind(GroupedWeights.Nibbles.from(0), null, 32, true);
      GroupedOperands.Kind six =
          new GroupedOperands.Kind(new GroupedWeights.Bytes(), null, 16, false);
      List<GroupedWeights> weights =
          List.of(
              operands.weights(four, 40, 512),
              operands.weights(six, 33, 512),
              operands.weights(four, 7, 512));
      Matrix.Integers x =
          new ReferenceQuantizer().toIntegers(operands.activations(9, 512), workspace);
      Tensor dense = operands.activations(4, 64);
      MatMul.Packed packedDense =
          vector.pack(
              new Matrix.Dense(operands.activations(6, 64)), MatMul.Contraction.COLUMNS, workspace);
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
        assertThat(GroupedOperands.bits(outputs.get(i)))
            .isEqualTo(
                GroupedOperands.bits(operands.multiply(new ReferenceMatMul(), x, weights.get(i))));
      }
    }
  }

  @Test
  void integersOfAllTiersAreThoseOfTheReference() {
    float[] special = {Float.NaN, Float.POSITIVE_INFINITY, 0x1p-140f, -0f, 1e30f, 0x1p-119f};
    for (int columns : new int[] {1, 31, 32, 96, 100, 256}) {
      Tensor x = operands.activations(40, columns);
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
        assertThat(GroupedOperands.bits(found.scales()))
            .isEqualTo(GroupedOperands.bits(expected.scales()));
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
    GroupedOperands.Kind kind =
        new GroupedOperands.Kind(new GroupedWeights.Bytes(), DType.F16, 32, false);
    assertThatThrownBy(() -> operands.weights(kind, 4, 48))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("multiple of 32 elements, found 48");
    Tensor codes = workspace.take(DType.I8, 4, 64);
    GroupedWeights.Scales few = new GroupedWeights.Plain(operands.numbers(DType.F16, 4, 1));
    assertThatThrownBy(() -> new GroupedWeights(codes, new GroupedWeights.Bytes(), few, null))
        .hasMessage("grouped weights: scales of [4, 32] for codes [4, 64]");
    assertThatThrownBy(() -> GroupedWeights.Nibbles.from(113))
        .hasMessageContaining("expected sixteen values of -128 to 127");
    GroupedWeights b = operands.weights(kind, 4, 64);
    MatMul.Packed packed = new ReferenceMatMul().packGrouped(List.of(b), workspace).getFirst();
    Tensor c = workspace.take(DType.F32, 2, 4);
    Matrix.BFloat a = new ReferenceQuantizer().toBFloat16(operands.activations(2, 64), workspace);
    assertThatThrownBy(() -> new ReferenceMatMul().multiply(MatMul.Job.of(a, packed, c)))
        .hasMessage("product: grouped weights multiply integers or FP32 values");
  }
}
