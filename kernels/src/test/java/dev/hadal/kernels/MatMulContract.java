package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.kernels.MatMul.Contraction;
import dev.hadal.kernels.MatMul.Job;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What every implementation of products but the reference must do: the same bits. */
abstract class MatMulContract {
  /** The implementation on a team. */
  abstract MatMul matMul(ThreadTeam team);

  private final Twins<MatMul> twins = new Twins<>(new ReferenceMatMul(), this::matMul);
  private final Workspace workspace = new Workspace("test", 1L << 30);

  /** What the operands of a test are. */
  enum Kind {
    DENSE,
    BFLOAT,
    TILED,
    BLOCKS
  }

  @AfterEach
  void close() {
    workspace.close();
  }

  /** An operand of finite or special values, tiled along the contraction. */
  private Matrix operand(
      Twins.Memory memory, Kind kind, int rows, int columns, boolean columnsContracted) {
    if (kind == Kind.DENSE) {
      return new Matrix.Dense(memory.floats(rows, columns + 5), 3, columns);
    }
    Tensor x = memory.floats(rows, columns);
    Quantizer quantizer = new ReferenceQuantizer();
    if (kind == Kind.BFLOAT) {
      Tensor codes = memory.empty(DType.BF16, rows, columns);
      codes.copyFrom(quantizer.toBFloat16(x, workspace).values());
      return new Matrix.BFloat(codes);
    }
    Matrix.Tiling tiling =
        kind == Kind.BLOCKS
            ? Matrix.Tiling.BLOCKS
            : columnsContracted ? Matrix.Tiling.ROWS : Matrix.Tiling.COLUMNS;
    Matrix.Tiled tiled =
        quantizer.quantize(x, Quantizer.Format.E4M3, tiling, Quantizer.Scale.FP32, workspace);
    Tensor codes = memory.empty(DType.F8_E4M3, rows, columns);
    codes.copyFrom(tiled.codes());
    Tensor scales = memory.empty(DType.F32, tiled.scales().shape().extents());
    scales.copyFrom(tiled.scales());
    return new Matrix.Tiled(codes, scales, tiling);
  }

  @ParameterizedTest
  @EnumSource
  void packedOperandsTakeWhatIsForetold(OperandKind kind) {
    MatMul matMul = matMul(new SingleThread());
    Tensor x = workspace.takeZeroed(DType.F32, 35, 131);
    Quantizer quantizer = new ReferenceQuantizer();
    Matrix b =
        switch (kind) {
          case DENSE -> new Matrix.Dense(x);
          case BFLOAT -> quantizer.toBFloat16(x, workspace);
          case TILED ->
              quantizer.quantize(
                  x, Quantizer.Format.E4M3, Matrix.Tiling.BLOCKS, Quantizer.Scale.FP32, workspace);
        };
    long before = workspace.mark().offset();
    MatMul.Packed packed = matMul.pack(b, Contraction.COLUMNS, workspace);
    assertThat(matMul.packedBytes(kind, 35, 131)).isEqualTo(workspace.mark().offset() - before);
    MatMul.Stored stored = matMul.store(packed).orElseThrow();
    assertThat(stored.parts().stream().mapToLong(MemorySegment::byteSize).sum())
        .isLessThanOrEqualTo(matMul.packedBytes(kind, 35, 131));
  }

  private Job job(
      MatMul matMul,
      Twins.Memory memory,
      Kind kind,
      int[] mnk,
      boolean transposeA,
      Contraction contraction,
      boolean accumulate) {
    int m = mnk[0];
    int n = mnk[1];
    int k = mnk[2];
    boolean columns = contraction == Contraction.COLUMNS;
    Kind left = kind == Kind.BLOCKS ? Kind.TILED : kind;
    Matrix a = operand(memory, left, transposeA ? k : m, transposeA ? m : k, !transposeA);
    Matrix b = operand(memory, kind, columns ? n : k, columns ? k : n, columns);
    Tensor c = memory.floats(m, n + 2);
    return new Job(
        a,
        transposeA,
        matMul.pack(b, contraction, workspace),
        new Matrix.Dense(c, 1, n),
        accumulate);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "1, 33, 2",
    "3, 65, 127",
    "8, 96, 130",
    "25, 40, 131",
    "0, 3, 4",
    "3, 2, 0",
    "3, 0, 2",
    "64, 48, 40",
    "17, 33, 300"
  })
  void equalsTheReference(int m, int n, int k) {
    compareWithTheReference(m, n, k);
  }

  /** Products of one size, of every kind, with either operand transposed, set and accumulated. */
  final void compareWithTheReference(int m, int n, int k) {
    int[] mnk = {m, n, k};
    for (Kind kind : Kind.values()) {
      for (Contraction contraction : Contraction.values()) {
        for (int flags = 0; flags < 4; flags++) {
          boolean transposeA = (flags & 1) != 0;
          boolean accumulate = (flags & 2) != 0;
          twins.compare(
              (matMul, memory) -> {
                workspace.release(new Workspace.Mark(0, 0));
                matMul.multiply(
                    job(matMul, memory, kind, mnk, transposeA, contraction, accumulate));
              });
        }
      }
    }
  }

  @Test
  void manyProductsOfDifferentSizesAtOnce() {
    twins.compare(
        (matMul, memory) -> {
          workspace.release(new Workspace.Mark(0, 0));
          List<Job> jobs = new ArrayList<>();
          int[] rows = {40, 0, 3, 12, 1, 29, 90, 16};
          for (int m : rows) {
            for (Kind kind : Kind.values()) {
              jobs.add(
                  job(
                      matMul,
                      memory,
                      kind,
                      new int[] {m, 50, 66},
                      false,
                      Contraction.COLUMNS,
                      false));
            }
          }
          Matrix shared = operand(memory, Kind.DENSE, 30, 40, true);
          for (int n = 20; n < 60; n += 13) {
            MatMul.Packed b =
                matMul.pack(operand(memory, Kind.DENSE, 40, n, false), Contraction.ROWS, workspace);
            jobs.add(Job.of(shared, b, memory.empty(DType.F32, 30, n)));
          }
          matMul.multiplyAll(jobs);
        });
  }

  /** Some rows by some outputs of a large product against the reference's product of just them. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void sampledOutputsOfRealSizesEqualTheReference(Kind kind) {
    int k = 2048;
    int n = 1408;
    try (Twins.Memory memory = new Twins.Memory(Twins.Values.FINITE)) {
      MatMul vector = matMul(new TestTeam(2));
      MatMul reference = new ReferenceMatMul();
      Matrix b = operand(memory, kind, n, k, true);
      MatMul.Packed packed = vector.pack(b, Contraction.COLUMNS, workspace);
      for (int m : new int[] {1, 7, 12, 500}) {
        Matrix a = operand(memory, kind == Kind.BLOCKS ? Kind.TILED : kind, m, k, true);
        Tensor c = memory.empty(DType.F32, m, n);
        vector.multiply(Job.of(a, packed, c));
        int samples = kind == Kind.BLOCKS ? 1 : 8;
        for (int sample = 0; sample < samples; sample++) {
          int row = memory.random().nextInt(m);
          int first = kind == Kind.BLOCKS ? 0 : memory.random().nextInt(n - 32);
          Matrix some = kind == Kind.BLOCKS ? b : b.slice(first, first + 32);
          Tensor expected = memory.empty(DType.F32, 1, some.rows());
          reference.multiply(
              Job.of(
                  a.slice(row, row + 1),
                  reference.pack(some, Contraction.COLUMNS, workspace),
                  expected));
          Tensor found = memory.empty(DType.F32, 1, some.rows());
          MemorySegment.copy(
              c.data(), 4L * row * n + 4L * first, found.data(), 0, 4L * some.rows());
          assertThat(found.toFloats()).containsExactly(expected.toFloats());
        }
      }
    }
  }

  @Test
  void refusesWhatTheReferenceRefuses() {
    MatMul matMul = matMul(new TestTeam(1));
    Tensor x = Floats.zeros(3, 3);
    MatMul.Packed foreign =
        new ReferenceMatMul().pack(new Matrix.Dense(x), Contraction.COLUMNS, workspace);
    assertThatThrownBy(() -> matMul.multiply(Job.of(new Matrix.Dense(x), foreign, x)))
        .hasMessage("product: B was packed by other kernels");
    Matrix bfloat = new ReferenceQuantizer().toBFloat16(x, workspace);
    MatMul.Packed own = matMul.pack(bfloat, Contraction.COLUMNS, workspace);
    assertThatThrownBy(() -> matMul.multiply(Job.of(new Matrix.Dense(x), own, x)))
        .hasMessage("product: both operands must be of the same kind");
    Matrix across =
        new ReferenceQuantizer()
            .quantize(
                x, Quantizer.Format.E4M3, Matrix.Tiling.COLUMNS, Quantizer.Scale.FP32, workspace);
    assertThatThrownBy(() -> matMul.pack(across, Contraction.COLUMNS, workspace))
        .hasMessage("product: an operand is tiled by COLUMNS across its contraction");
  }
}
