package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.kernels.MatMul.Contraction;
import dev.hadal.kernels.MatMul.Job;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReferenceMatMulTest {
  private final Doubles doubles = new Doubles(16);
  private final Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
  private final MatMul matMul = kernels.matMul();
  private final Workspace workspace = new Workspace("test", 1L << 30);

  @AfterEach
  void close() {
    workspace.close();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, false, false",
    "3, 5, 7, false, false",
    "3, 5, 7, true, false",
    "3, 5, 7, false, true",
    "17, 33, 130, true, true",
    "0, 3, 4, false, false",
    "3, 2, 0, false, true"
  })
  void denseProductsOfWindowsAreTheFormula(
      int m, int n, int k, boolean transposeA, boolean transposeB) {
    Tensor a = transposeA ? doubles.normal(k, m + 3) : doubles.normal(m, k + 3);
    Tensor b = transposeB ? doubles.normal(n, k + 2) : doubles.normal(k, n + 2);
    Tensor c = doubles.normal(m, n + 1);
    double[] once = c.toDoubles();
    double[] twice = c.toDoubles();
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int l = 0; l < k; l++) {
          double x = a.getDouble(transposeA ? l * (m + 3L) + i + 2 : i * (k + 3L) + l + 2);
          sum += x * b.getDouble(transposeB ? j * (k + 2L) + l + 1 : l * (n + 2L) + j + 1);
        }
        once[i * (n + 1) + j + 1] = sum;
        twice[i * (n + 1) + j + 1] = 2 * sum;
      }
    }
    Matrix.Dense left = new Matrix.Dense(a, 2, transposeA ? m : k);
    Matrix.Dense right = new Matrix.Dense(b, 1, transposeB ? k : n);
    Matrix.Dense out = new Matrix.Dense(c, 1, n);
    MatMul.Packed packed =
        matMul.pack(right, transposeB ? Contraction.COLUMNS : Contraction.ROWS, workspace);
    assertThat(packed.outputs()).isEqualTo(n);
    assertThat(packed.depth()).isEqualTo(k);
    matMul.multiply(new Job(left, transposeA, packed, out, false));
    Doubles.requireClose(c, once, 1e-12);
    matMul.multiply(new Job(left, transposeA, packed, out, true));
    Doubles.requireClose(c, twice, 1e-12);
  }

  private static float[] dense(Tensor a, Tensor b, float[] start) {
    int k = a.columns();
    float[] c = start.clone();
    for (int i = 0; i < c.length; i++) {
      for (int l = 0; l < k; l++) {
        float x = a.getFloat((long) (i / b.rows()) * k + l);
        c[i] = Math.fma(x, b.getFloat((long) (i % b.rows()) * k + l), c[i]);
      }
    }
    return c;
  }

  @Test
  void denseTermsAreAddedInAscendingOrder() {
    Tensor a = Floats.of(doubles.normal(5, 67));
    Tensor b = Floats.of(doubles.normal(9, 67));
    Tensor c = Floats.zeros(5, 9);
    MatMul.Packed packed = matMul.pack(new Matrix.Dense(b), Contraction.COLUMNS, workspace);
    matMul.multiply(Job.of(new Matrix.Dense(a), packed, c));
    float[] once = dense(a, b, new float[45]);
    assertThat(c.toFloats()).containsExactly(once);
    matMul.multiply(new Job(new Matrix.Dense(a), false, packed, new Matrix.Dense(c), true));
    assertThat(c.toFloats()).containsExactly(dense(a, b, once));
  }

  @Test
  void bfloatTermsAreAddedInPairsTheOddOneFirst() {
    Matrix.BFloat a = kernels.quantizer().toBFloat16(Floats.of(doubles.normal(4, 35)), workspace);
    Matrix.BFloat b = kernels.quantizer().toBFloat16(Floats.of(doubles.normal(6, 35)), workspace);
    Tensor x = Floats.zeros(4, 35);
    Tensor y = Floats.zeros(6, 35);
    kernels.quantizer().fromBFloat16(a.values(), x);
    kernels.quantizer().fromBFloat16(b.values(), y);
    Tensor c = Floats.zeros(4, 6);
    matMul.multiply(Job.of(a, matMul.pack(b, Contraction.COLUMNS, workspace), c));
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 6; j++) {
        float sum = 0;
        for (int k = 0; k < 36; k++) {
          int term = k ^ 1;
          if (term < 35) {
            sum = Math.fma(x.getFloat(i * 35L + term), y.getFloat(j * 35L + term), sum);
          }
        }
        assertThat(c.getFloat(i * 6L + j)).isEqualTo(sum);
      }
    }
  }

  @Test
  void everyKindAgreesOnTheTransposesOfOneProduct() {
    Tensor x = Floats.of(doubles.normal(140, 150));
    Tensor w = Floats.of(doubles.normal(60, 150));
    Tensor xT = transposed(x);
    Tensor wT = transposed(w);
    Quantizer quantizer = kernels.quantizer();
    Tensor rows = Floats.zeros(140, 60);
    Tensor columns = Floats.zeros(140, 60);
    multiply(quantize(x, Matrix.Tiling.ROWS), false, quantize(w, Matrix.Tiling.BLOCKS), rows);
    multiply(
        quantize(xT, Matrix.Tiling.COLUMNS), true, quantize(wT, Matrix.Tiling.BLOCKS), columns);
    assertThat(columns.toFloats()).containsExactly(rows.toFloats());
    multiply(quantizer.toBFloat16(x, workspace), false, quantizer.toBFloat16(w, workspace), rows);
    multiply(
        quantizer.toBFloat16(xT, workspace), true, quantizer.toBFloat16(wT, workspace), columns);
    assertThat(columns.toFloats()).containsExactly(rows.toFloats());
  }

  private Matrix quantize(Tensor x, Matrix.Tiling tiling) {
    return kernels
        .quantizer()
        .quantize(x, Quantizer.Format.E4M3, tiling, Quantizer.Scale.FP32, workspace);
  }

  private void multiply(Matrix a, boolean transposed, Matrix b, Tensor c) {
    MatMul.Packed packed =
        matMul.pack(b, transposed ? Contraction.ROWS : Contraction.COLUMNS, workspace);
    matMul.multiply(new Job(a, transposed, packed, new Matrix.Dense(c), false));
  }

  private static Tensor transposed(Tensor x) {
    Tensor result = Floats.zeros(x.columns(), x.rows());
    for (int r = 0; r < x.rows(); r++) {
      for (int c = 0; c < x.columns(); c++) {
        result.setFloat((long) c * x.rows() + r, x.getFloat((long) r * x.columns() + c));
      }
    }
    return result;
  }

  @Test
  void tilesMustLieAlongTheContraction() {
    Matrix across = quantize(Floats.zeros(130, 130), Matrix.Tiling.COLUMNS);
    assertThatThrownBy(() -> matMul.pack(across, Contraction.COLUMNS, workspace))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("product: an operand is tiled by COLUMNS across its contraction");
  }

  @Test
  void operandsAreOfOneKind() {
    Tensor x = Tensor.allocate(doubles.arena(), DType.F32, 3, 3);
    Matrix bfloat = kernels.quantizer().toBFloat16(x, workspace);
    assertThatThrownBy(() -> multiply(new Matrix.Dense(x), false, bfloat, Floats.zeros(3, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("product: both operands must be of the same kind");
  }
}
