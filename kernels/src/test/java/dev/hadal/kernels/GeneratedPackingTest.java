package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.kernels.MatMul.Contraction;
import dev.hadal.kernels.Matrix.Tiling;
import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Word by word, with operands and packed memory that end, or begin, at guard pages. */
final class GeneratedPackingTest {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  private final Random random = new Random(11);
  private final Workspace workspace = new Workspace("test", 1L << 28);
  private final List<GuardedPages> pages = new ArrayList<>();
  private final EnumSet<OperandKind> kinds = EnumSet.noneOf(OperandKind.class);

  @BeforeEach
  void kinds() {
    for (OperandKind kind : OperandKind.values()) {
      if (ProductFunctions.obstacle(kind, LOADER).isEmpty()) {
        kinds.add(kind);
      }
    }
    assumeTrue(!kinds.isEmpty(), "this machine runs none of the generated products");
  }

  @AfterEach
  void close() {
    pages.forEach(GuardedPages::close);
    workspace.close();
  }

  private MemorySegment guarded(long bytes, boolean last) {
    GuardedPages guarded = new GuardedPages(Math.max(1, bytes));
    pages.add(guarded);
    return last ? guarded.last(bytes) : guarded.first(bytes);
  }

  private Tensor guarded(Tensor tensor, boolean last) {
    MemorySegment memory = guarded(tensor.bytes(), last);
    memory.copyFrom(tensor.data());
    return new Tensor(tensor.dtype(), tensor.shape(), memory);
  }

  /** An operand tiled along its contraction, of elements that all differ from zero. */
  private Matrix operand(OperandKind kind, int rows, int columns, Tiling tiling, boolean last) {
    Tensor x = workspace.take(DType.F32, rows, columns);
    for (long i = 0; i < x.elements(); i++) {
      x.setFloat(i, (float) random.nextGaussian() + 8);
    }
    Quantizer quantizer = new ReferenceQuantizer();
    return switch (kind) {
      case DENSE -> new Matrix.Dense(guarded(x, last));
      case BFLOAT -> new Matrix.BFloat(guarded(quantizer.toBFloat16(x, workspace).values(), last));
      case TILED -> {
        Matrix.Tiled q =
            quantizer.quantize(x, Quantizer.Format.E4M3, tiling, Quantizer.Scale.FP32, workspace);
        yield new Matrix.Tiled(guarded(q.codes(), last), guarded(q.scales(), last), tiling);
      }
    };
  }

  /** The bits of an element; zero beyond the matrix. */
  private static int bits(Matrix matrix, int row, int column) {
    if (row >= matrix.rows() || column >= matrix.columns()) {
      return 0;
    }
    long at = (long) row * matrix.columns() + column;
    return switch (matrix) {
      case Matrix.Dense dense -> dense.values().getInt(at);
      case Matrix.BFloat bfloat -> bfloat.values().data().get(Tensor.SHORT, 2 * at) & 0xFFFF;
      case Matrix.Tiled tiled -> tiled.codes().data().get(Tensor.BYTE, at) & 0xFF;
      case Matrix.Integers _ -> throw new IllegalStateException("no right operand");
    };
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "16, 16", "17, 3", "31, 64", "32, 65", "33, 130", "70, 257", "3, 4100"})
  void panelsHoldTheWords(int outputs, int depth) {
    for (OperandKind kind : kinds) {
      for (Contraction contraction : Contraction.values()) {
        for (boolean last : new boolean[] {true, false}) {
          panelsHoldTheWords(kind, outputs, depth, contraction, last);
        }
      }
    }
  }

  private void panelsHoldTheWords(
      OperandKind kind, int outputs, int depth, Contraction contraction, boolean last) {
    boolean columns = contraction == Contraction.COLUMNS;
    Matrix b =
        operand(
            kind,
            columns ? outputs : depth,
            columns ? depth : outputs,
            columns ? Tiling.ROWS : Tiling.COLUMNS,
            last);
    Panels panels = PanelPacking.of(b, contraction, ProductCode.COLUMNS, workspace).target();
    MemorySegment words = guarded(panels.offset(panels.count(), 0), last);
    long scaleBytes = kind == OperandKind.TILED ? panels.scaleOffset(panels.count(), 0) : 0;
    MemorySegment scales = guarded(scaleBytes, last);
    Panels target = new Panels(ProductCode.COLUMNS, kind, outputs, depth, words, scales);
    PackingFunctions functions = new PackingFunctions(LOADER, kinds);
    new GeneratedPacking(new TestTeam(2), functions)
        .pack(List.of(new PanelPacking(b, columns, target)));
    for (int n = 0; n < target.count() * ProductCode.COLUMNS; n++) {
      for (int w = 0; w < kind.words(depth); w++) {
        int expected = 0;
        for (int e = 0; e < kind.elements(); e++) {
          int k = w * kind.elements() + e;
          expected |= (columns ? bits(b, n, k) : bits(b, k, n)) << (8 * kind.bytes() * e);
        }
        long at = target.offset(n / ProductCode.COLUMNS, w * kind.elements());
        int found = words.get(Tensor.INT, at + 4L * (n % ProductCode.COLUMNS));
        if (found != expected) {
          assertThat(found)
              .as("%s %s output %d, word %d", kind, contraction, n, w)
              .isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "13, 16", "14, 3", "15, 64", "29, 65", "70, 130", "170, 257", "3, 4100"})
  void packedRowsHoldTheSteps(int rows, int depth) {
    for (OperandKind kind : kinds) {
      for (boolean transposed : new boolean[] {true, false}) {
        for (boolean last : new boolean[] {true, false}) {
          packedRowsHoldTheSteps(kind, rows, depth, transposed, last);
        }
      }
    }
  }

  private void packedRowsHoldTheSteps(
      OperandKind kind, int rows, int depth, boolean transposed, boolean last) {
    Matrix a =
        operand(
            kind,
            transposed ? depth : rows,
            transposed ? rows : depth,
            transposed ? Tiling.COLUMNS : Tiling.ROWS,
            last);
    PackedRows packed =
        new PackedRows(a, transposed, kind, depth, 0, rows, PackedRows.height(rows), 0, 0);
    MemorySegment values = guarded(packed.bytes(), last);
    MemorySegment scales = guarded(packed.scaleBytes(), last);
    PackingFunctions functions = new PackingFunctions(LOADER, kinds);
    packed.pack(0, packed.count(), functions, new InterleaveFrame(), values, scales);
    int elements = kind == OperandKind.DENSE ? 1 : 2;
    for (int row = 0; row < rows; row++) {
      int tile = row / packed.height();
      int lane = row % packed.height();
      for (int step = 0; step < PackedRows.steps(kind, depth); step++) {
        int expected = 0;
        for (int e = 0; e < elements; e++) {
          int k = step * elements + e;
          int bits = transposed ? bits(a, k, row) : bits(a, row, k);
          int wide =
              kind == OperandKind.TILED ? BFloat16.encode(E4M3.decode((byte) bits)) & 0xFFFF : bits;
          expected |= wide << (16 * e);
        }
        long at = packed.offset(tile, 0) + 4L * (step * packed.rowsOf(tile) + lane);
        int found = values.get(Tensor.INT, at);
        if (found != expected) {
          assertThat(found)
              .as("%s, transposed %s, row %d, step %d", kind, transposed, row, step)
              .isEqualTo(expected);
        }
      }
      if (a instanceof Matrix.Tiled tiled) {
        for (int k = 0; k < depth; k += Matrix.Tiled.GROUP) {
          float expected =
              transposed
                  ? ReferenceQuantizer.scale(tiled, k, row)
                  : ReferenceQuantizer.scale(tiled, row, k);
          assertThat(scales.get(Tensor.FLOAT, packed.scaleOffset(tile, k) + 4L * lane))
              .isEqualTo(expected);
        }
      }
    }
  }

  /** Whatever the machine: products of some kinds only, and the reference for the others. */
  @Test
  void otherKindsAndEmptyContractionsGoToTheOthers() {
    EnumSet<OperandKind> some = EnumSet.of(kinds.iterator().next());
    MatMul reference = new ReferenceMatMul();
    MatMul matMul =
        new GeneratedMatMul(
            new TestTeam(2),
            new ProductFunctions(LOADER, Arena.global(), some),
            null,
            () -> reference);
    List<Matrix> rights = new ArrayList<>();
    List<Matrix> lefts = new ArrayList<>();
    for (int depth : new int[] {40, 0}) {
      for (OperandKind kind : OperandKind.values()) {
        lefts.add(operand(kind, 20, depth, Tiling.ROWS, true));
        rights.add(operand(kind, 35, depth, Tiling.ROWS, true));
      }
    }
    List<MatMul.Packed> packed = matMul.packAll(rights, Contraction.COLUMNS, workspace);
    List<MatMul.Packed> plain = reference.packAll(rights, Contraction.COLUMNS, workspace);
    List<MatMul.Job> jobs = new ArrayList<>();
    List<MatMul.Job> expected = new ArrayList<>();
    for (int i = 0; i < lefts.size(); i++) {
      jobs.add(MatMul.Job.of(lefts.get(i), packed.get(i), workspace.take(DType.F32, 20, 35)));
      expected.add(MatMul.Job.of(lefts.get(i), plain.get(i), workspace.take(DType.F32, 20, 35)));
    }
    matMul.multiplyAll(jobs);
    reference.multiplyAll(expected);
    for (int i = 0; i < jobs.size(); i++) {
      assertThat(jobs.get(i).c().values().toFloats())
          .containsExactly(expected.get(i).c().values().toFloats());
    }
  }
}
