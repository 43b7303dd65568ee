package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GeneratedMatMulTest extends MatMulContract {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  private final Set<OperandKind> kinds = EnumSet.noneOf(OperandKind.class);

  @BeforeEach
  void kinds() {
    for (OperandKind kind : OperandKind.values()) {
      if (ProductFunctions.obstacle(kind, LOADER).isEmpty()) {
        kinds.add(kind);
      }
    }
    assumeTrue(!kinds.isEmpty(), "this machine runs none of the generated products");
  }

  @Override
  MatMul matMul(ThreadTeam team) {
    return new GeneratedMatMul(
        team,
        new ProductFunctions(LOADER, Arena.global(), kinds),
        null,
        () -> new VectorMatMul(team));
  }

  /**
   * C ends, or begins, where nothing may be touched. Of the longest every member packs rows of its
   * own.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 2",
    "3, 31, 130",
    "14, 33, 700",
    "15, 64, 257",
    "29, 95, 1030",
    "2700, 9, 930",
    "11600, 33, 36"
  })
  void touchesNothingBesideItsOperands(int m, int n, int k) {
    QuantizedOperands operands = new QuantizedOperands();
    for (OperandKind kind : kinds) {
      for (boolean last : new boolean[] {true, false}) {
        for (boolean accumulate : new boolean[] {true, false}) {
          requireSame(operands, kind, m, n, k, last, accumulate);
        }
      }
    }
  }

  private void requireSame(
      QuantizedOperands operands,
      OperandKind kind,
      int m,
      int n,
      int k,
      boolean last,
      boolean accumulate) {
    long bytes = 4L * m * n;
    try (Workspace workspace = new Workspace("test", 1 << 28);
        GuardedPages pages = new GuardedPages(bytes)) {
      Matrix a = operands.of(kind, m, k, Matrix.Tiling.ROWS, workspace);
      Matrix b = operands.of(kind, n, k, Matrix.Tiling.BLOCKS, workspace);
      MatMul reference = new ReferenceMatMul();
      Tensor expected = workspace.take(DType.F32, m, n);
      Tensor found =
          new Tensor(DType.F32, Shape.of(m, n), last ? pages.last(bytes) : pages.first(bytes));
      for (long i = 0; i < expected.elements(); i++) {
        expected.setFloat(i, i * 0.25f - 3);
        found.setFloat(i, i * 0.25f - 3);
      }
      multiply(reference, a, b, expected, accumulate, workspace);
      multiply(matMul(new TestTeam(2)), a, b, found, accumulate, workspace);
      assertThat(Arrays.mismatch(found.toFloats(), expected.toFloats()))
          .as("%s, at the %s, accumulate %s", kind, last ? "end" : "beginning", accumulate)
          .isEqualTo(-1);
    }
  }

  private static void multiply(
      MatMul matMul, Matrix a, Matrix b, Tensor c, boolean accumulate, Workspace workspace) {
    MatMul.Packed packed = matMul.pack(b, MatMul.Contraction.COLUMNS, workspace);
    matMul.multiply(new MatMul.Job(a, false, packed, new Matrix.Dense(c), accumulate));
  }

  @Test
  void refusesMemoryOfTheHeap() {
    try (Workspace workspace = new Workspace("test", 1 << 28)) {
      Matrix a = new QuantizedOperands().of(OperandKind.DENSE, 2, 3, Matrix.Tiling.ROWS, workspace);
      MatMul matMul = matMul(new TestTeam(1));
      MatMul.Packed b = matMul.pack(a, MatMul.Contraction.COLUMNS, workspace);
      Tensor c = new Tensor(DType.F32, Shape.of(2, 2), MemorySegment.ofArray(new byte[16]));
      assertThatThrownBy(() -> matMul.multiply(MatMul.Job.of(a, b, c)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("product: generated code reaches no heap memory");
    }
  }

  /** Random operands of every kind. */
  private static final class QuantizedOperands {
    private final Random random = new Random(5);
    private final Quantizer quantizer = new ReferenceQuantizer();

    Matrix of(OperandKind kind, int rows, int columns, Matrix.Tiling tiling, Workspace workspace) {
      Tensor x = workspace.take(DType.F32, rows, columns);
      for (long i = 0; i < x.elements(); i++) {
        x.setFloat(i, (float) random.nextGaussian());
      }
      return switch (kind) {
        case DENSE -> new Matrix.Dense(x);
        case BFLOAT -> quantizer.toBFloat16(x, workspace);
        case TILED ->
            quantizer.quantize(x, Quantizer.Format.E4M3, tiling, Quantizer.Scale.FP32, workspace);
      };
    }
  }
}
