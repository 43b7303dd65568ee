package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of small integers as machine code: the reference's bits, and not a byte beyond. */
final class GeneratedGroupedProductsTest {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  private final Workspace workspace = new Workspace("test", 64 << 20);
  private final GroupedOperands operands = new GroupedOperands(workspace, new Random(11));

  /** Those that this processor has. */
  private static List<GroupedInstructions> instructions() {
    return Arrays.stream(GroupedInstructions.values())
        .filter(some -> GeneratedCode.obstacle(LOADER, some.samples()).isEmpty())
        .toList();
  }

  @BeforeEach
  void needsTheInstructions() {
    assumeTrue(GroupedFunctions.obstacle(LOADER).isEmpty());
    assertThat(GroupedFunctions.best(LOADER)).contains(instructions().getFirst());
  }

  @AfterEach
  void close() {
    workspace.close();
  }

  private static Tensor guarded(GuardedPages pages, DType type, int rows, int columns) {
    return new Tensor(
        type, Shape.of(rows, columns), pages.last((long) rows * columns * type.bytes()));
  }

  /** Operands and result end where nothing may be touched. */
  private Tensor multiply(
      ThreadTeam team, GroupedInstructions instructions, Matrix.Integers a, GroupedWeights b) {
    GroupedPanels packed =
        (GroupedPanels) GroupedPacking.packAll(team, List.of(b), workspace).getFirst();
    int rows = a.rows();
    try (GuardedPages codes = new GuardedPages((long) rows * a.columns());
        GuardedPages scales = new GuardedPages(4L * rows * a.scales().columns());
        GuardedPages panels = new GuardedPages(packed.data().byteSize());
        GuardedPages results = new GuardedPages(4L * rows * b.outputs())) {
      Tensor guardedCodes = guarded(codes, DType.I8, rows, a.columns());
      guardedCodes.data().copyFrom(a.codes().data());
      Tensor guardedScales = guarded(scales, DType.F32, rows, a.scales().columns());
      guardedScales.data().copyFrom(a.scales().data());
      MemorySegment data = panels.last(packed.data().byteSize());
      data.copyFrom(packed.data());
      Tensor c = guarded(results, DType.F32, rows, b.outputs());
      new GeneratedGroupedProducts(team, new GroupedFunctions(LOADER, instructions))
          .multiplyAll(
              List.of(
                  MatMul.Job.of(
                      new Matrix.Integers(guardedCodes, guardedScales),
                      new GroupedPanels(b.outputs(), b.depth(), packed.form(), data),
                      c)));
      Tensor copy = workspace.take(DType.F32, rows, b.outputs());
      copy.data().copyFrom(c.data());
      return copy;
    }
  }

  @ParameterizedTest
  @MethodSource("dev.hadal.kernels.GroupedOperands#kinds")
  void hasTheBitsOfTheReference(GroupedOperands.Kind kind) {
    try (ThreadTeam team = new SpinningTeam(2)) {
      for (int outputs : new int[] {1, 35}) {
        int depth = operands.depth(kind);
        GroupedWeights b = operands.weights(kind, outputs, depth);
        for (int rows : new int[] {1, 2, 3, 4, 7, 21}) {
          Tensor x = operands.activations(rows, depth);
          Matrix.Integers a = new ReferenceQuantizer().toIntegers(x, workspace);
          int[] expected = GroupedOperands.bits(operands.multiply(new ReferenceMatMul(), a, b));
          for (GroupedInstructions some : instructions()) {
            assertThat(GroupedOperands.bits(multiply(team, some, a, b)))
                .as("%s, %s: %d rows, %d outputs, depth %d", some, kind, rows, outputs, depth)
                .isEqualTo(expected);
          }
        }
      }
    }
  }

  /** Sums of a group of the largest codes need all 16 bits. */
  @ParameterizedTest
  @MethodSource("dev.hadal.kernels.GroupedOperands#kinds")
  void theLargestIntegersDoNotOverflow(GroupedOperands.Kind kind) {
    GroupedWeights b = operands.weights(kind, 32, 512);
    boolean nibbles = kind.code() instanceof GroupedWeights.Nibbles;
    for (byte code : nibbles ? new byte[] {0, 15} : new byte[] {-128, 127}) {
      b.codes().data().fill(code);
      for (byte left : new byte[] {-127, 127}) {
        Tensor codes = workspace.take(DType.I8, 3, 512);
        codes.data().fill(left);
        Tensor scales = workspace.take(DType.F32, 3, 16);
        for (int i = 0; i < scales.elements(); i++) {
          scales.setFloat(i, i == 5 ? Float.NaN : i == 9 ? 0x1p-130f : i - 7.5f);
        }
        Matrix.Integers a = new Matrix.Integers(codes, scales);
        try (ThreadTeam team = new SpinningTeam(1)) {
          int[] expected = GroupedOperands.bits(operands.multiply(new ReferenceMatMul(), a, b));
          for (GroupedInstructions some : instructions()) {
            assertThat(GroupedOperands.bits(multiply(team, some, a, b))).isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void largeProductsOfOneCallShareTheirOperands() {
    GroupedOperands.Kind four =
        new GroupedOperands.Kind(GroupedWeights.Nibbles.from(-8), DType.F16, 32, false);
    GroupedOperands.Kind six =
        new GroupedOperands.Kind(new GroupedWeights.Bytes(), null, 16, false);
    List<GroupedWeights> weights =
        List.of(
            operands.weights(four, 700, 1024),
            operands.weights(six, 300, 1024),
            operands.weights(four, 96, 1024));
    try (ThreadTeam team = new SpinningTeam(2);
        Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {})) {
      MatMul vector = new VectorMatMul(team);
      MatMul generated = kernels.matMul();
      List<MatMul.Packed> packed = generated.packGrouped(weights, workspace);
      List<MatMul.Job> jobs = new ArrayList<>();
      List<Tensor> outputs = new ArrayList<>();
      List<Tensor> expected = new ArrayList<>();
      for (int rows : new int[] {1, 45}) {
        Tensor x = operands.activations(rows, 1024);
        Matrix.Integers a = new ReferenceQuantizer().toIntegers(x, workspace);
        for (Matrix left : List.of(a, a, new Matrix.Dense(x))) {
          for (int i = 0; i < weights.size(); i++) {
            Tensor c = workspace.take(DType.F32, rows, weights.get(i).outputs() + 5);
            c.data().fill((byte) 0);
            jobs.add(
                new MatMul.Job(
                    left,
                    false,
                    packed.get(i),
                    new Matrix.Dense(c, 3, weights.get(i).outputs()),
                    false));
            outputs.add(c);
            Tensor of = workspace.take(DType.F32, rows, weights.get(i).outputs());
            vector.multiply(MatMul.Job.of(left, packed.get(i), of));
            expected.add(of);
          }
        }
      }
      generated.multiplyAll(jobs);
      for (int i = 0; i < outputs.size(); i++) {
        Tensor found = outputs.get(i);
        Tensor wanted = expected.get(i);
        for (int row = 0; row < wanted.rows(); row++) {
          for (int n = -3; n < wanted.columns() + 2; n++) {
            boolean inside = n >= 0 && n < wanted.columns();
            float value = inside ? wanted.getFloat((long) row * wanted.columns() + n) : 0;
            assertThat(found.getFloat((long) row * found.columns() + 3 + n)).isEqualTo(value);
          }
        }
      }
    }
  }

  /**
   * What generated code packed, another tier multiplies: the reference, where there is no other.
   */
  @ParameterizedTest
  @MethodSource("dev.hadal.kernels.GroupedOperands#kinds")
  void theReferenceReadsPanels(GroupedOperands.Kind kind) {
    GroupedWeights b = operands.weights(kind, 19, operands.depth(kind));
    Matrix x = new Matrix.Dense(operands.activations(2, b.depth()));
    Tensor c = workspace.take(DType.F32, 2, 19);
    try (ThreadTeam team = new SpinningTeam(1)) {
      MatMul.Packed packed = GroupedPacking.packAll(team, List.of(b), workspace).getFirst();
      new ReferenceMatMul().multiply(MatMul.Job.of(x, packed, c));
    }
    assertThat(GroupedOperands.bits(c))
        .isEqualTo(GroupedOperands.bits(operands.multiply(new ReferenceMatMul(), x, b)));
  }
}
