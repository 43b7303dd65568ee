package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link FewRows} as part of {@link GeneratedMatMul}. */
final class GeneratedFewRowsTest {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  private static final Set<OperandKind> KINDS = GeneratedProducts.of(LOADER).kinds();

  private static ProductFunctions functions;

  @BeforeAll
  static void assumeProducts() {
    assumeTrue(!KINDS.isEmpty(), "this machine runs none of the generated products");
    functions = new ProductFunctions(LOADER, Arena.global(), KINDS);
  }

  private MatMul matMul(ThreadTeam team) {
    return new GeneratedMatMul(team, functions, null, () -> new VectorMatMul(team));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 6, 8, 9})
  void equalsTheReference(int rows) {
    int[][] sizes = {{33, 1}, {96, 127}, {31, 128}, {161, 130}, {64, 515}, {32, 129}};
    for (int[] size : sizes) {
      MatMulContract contract =
          new MatMulContract() {
            @Override
            MatMul matMul(ThreadTeam team) {
              return GeneratedFewRowsTest.this.matMul(team);
            }
          };
      contract.compareWithTheReference(rows, size[0], size[1]);
      contract.close();
    }
  }

  /** Every operand, the panels too, ends or begins where nothing may be touched. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "1, 70, 257",
    "2, 97, 130",
    "3, 33, 3",
    "5, 64, 128",
    "7, 31, 66",
    "8, 100, 515"
  })
  void touchesNothingBesideItsOperands(int rows, int outputs, int depth) {
    Random random = new Random(11);
    for (OperandKind kind : KINDS) {
      for (boolean last : new boolean[] {true, false}) {
        for (boolean accumulate : new boolean[] {true, false}) {
          try (Pages pages = new Pages(last)) {
            compare(kind, rows, outputs, depth, accumulate, pages, random);
          }
        }
      }
    }
  }

  /** Memory beside guard pages. */
  private record Pages(boolean last, List<GuardedPages> all) implements AutoCloseable {
    Pages(boolean last) {
      this(last, new ArrayList<>());
    }

    MemorySegment take(long bytes) {
      GuardedPages pages = new GuardedPages(Math.max(1, bytes));
      all.add(pages);
      return last ? pages.last(bytes) : pages.first(bytes);
    }

    Tensor copy(Tensor tensor) {
      MemorySegment memory = take(tensor.data().byteSize());
      memory.copyFrom(tensor.data());
      return new Tensor(tensor.dtype(), tensor.shape(), memory);
    }

    @Override
    public void close() {
      all.forEach(GuardedPages::close);
    }
  }

  private void compare(
      OperandKind kind,
      int rows,
      int outputs,
      int depth,
      boolean accumulate,
      Pages pages,
      Random random) {
    try (Workspace workspace = new Workspace("test", 1 << 26)) {
      Matrix a = operand(kind, rows, depth, Matrix.Tiling.ROWS, pages, random);
      Matrix b = operand(kind, outputs, depth, Matrix.Tiling.BLOCKS, pages, random);
      Tensor start = random(rows, outputs, random);
      Tensor expected = Floats.zeros(rows, outputs);
      expected.copyFrom(start);
      Tensor found = pages.copy(start);
      MatMul reference = new ReferenceMatMul();
      MatMul.Packed plain = reference.pack(b, MatMul.Contraction.COLUMNS, workspace);
      reference.multiply(new MatMul.Job(a, false, plain, new Matrix.Dense(expected), accumulate));
      MatMul generated = matMul(new TestTeam(2));
      Panels packed = (Panels) generated.pack(b, MatMul.Contraction.COLUMNS, workspace);
      Panels guarded =
          new Panels(
              ProductCode.COLUMNS,
              kind,
              outputs,
              depth,
              copy(packed.words(), packed.offset(packed.count(), 0), pages),
              kind == OperandKind.TILED
                  ? copy(packed.scales(), packed.scaleOffset(packed.count(), 0), pages)
                  : packed.scales());
      generated.multiply(new MatMul.Job(a, false, guarded, new Matrix.Dense(found), accumulate));
      assertThat(Arrays.mismatch(found.toFloats(), expected.toFloats()))
          .as("%s, at the %s, accumulate %s", kind, pages.last ? "end" : "beginning", accumulate)
          .isEqualTo(-1);
    }
  }

  private static MemorySegment copy(MemorySegment from, long bytes, Pages pages) {
    MemorySegment memory = pages.take(bytes);
    memory.copyFrom(from.asSlice(0, bytes));
    return memory;
  }

  private static Tensor random(int rows, int columns, Random random) {
    Tensor x = Floats.zeros(rows, columns);
    for (long i = 0; i < x.elements(); i++) {
      x.setFloat(i, (float) random.nextGaussian());
    }
    return x;
  }

  private static Matrix operand(
      OperandKind kind, int rows, int columns, Matrix.Tiling tiling, Pages pages, Random random) {
    Tensor x = random(rows, columns, random);
    if (kind == OperandKind.DENSE) {
      return new Matrix.Dense(pages.copy(x));
    }
    if (kind == OperandKind.BFLOAT) {
      Tensor narrow = new Tensor(DType.BF16, Shape.of(rows, columns), pages.take(2 * x.elements()));
      for (long i = 0; i < x.elements(); i++) {
        narrow.data().set(Tensor.SHORT, 2 * i, BFloat16.encode(x.getFloat(i)));
      }
      return new Matrix.BFloat(narrow);
    }
    try (Workspace workspace = new Workspace("test", 1 << 26)) {
      Matrix.Tiled tiled =
          new ReferenceQuantizer()
              .quantize(x, Quantizer.Format.E4M3, tiling, Quantizer.Scale.FP32, workspace);
      return new Matrix.Tiled(pages.copy(tiled.codes()), pages.copy(tiled.scales()), tiling);
    }
  }
}
