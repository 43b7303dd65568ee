package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReferenceFp8GoldenTest {
  private final Fp8Golden golden = new Fp8Golden();
  private final Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
  private final Workspace workspace = new Workspace("test", 1L << 30);

  @AfterEach
  void close() {
    workspace.close();
  }

  @ParameterizedTest
  @CsvSource({
    "X, X, ROWS, FP32",
    "X, X.pow2, ROWS, POWER_OF_TWO",
    "W, W, BLOCKS, FP32",
    "dY, dY, ROWS, FP32"
  })
  void tilesHaveTheCodesAndScales(
      String source, String name, Matrix.Tiling tiling, Quantizer.Scale scale) {
    requireSame(quantize(golden.tensor(source), tiling, scale), golden.tiled(name, tiling));
  }

  @ParameterizedTest
  @CsvSource({"X, XT", "dY, dYT"})
  void columnTilesAreRowTilesOfTheTranspose(String source, String name) {
    Matrix.Tiled q = quantize(golden.tensor(source), Matrix.Tiling.COLUMNS, Quantizer.Scale.FP32);
    requireSame(q, columnTiles(name));
  }

  /** The golden tiles are stored transposed. */
  private Matrix.Tiled columnTiles(String name) {
    return new Matrix.Tiled(
        transposed(golden.tensor(name + ".q")),
        transposed(golden.tensor(name + ".scale")),
        Matrix.Tiling.COLUMNS);
  }

  private Tensor transposed(Tensor x) {
    Tensor result = workspace.take(x.dtype(), x.columns(), x.rows());
    for (int r = 0; r < x.rows(); r++) {
      for (int c = 0; c < x.columns(); c++) {
        long from = (long) r * x.columns() + c;
        long to = (long) c * x.rows() + r;
        if (x.dtype() == DType.F32) {
          result.setFloat(to, x.getFloat(from));
        } else {
          result.data().set(Tensor.BYTE, to, x.data().get(Tensor.BYTE, from));
        }
      }
    }
    return result;
  }

  private Matrix.Tiled quantize(Tensor x, Matrix.Tiling tiling, Quantizer.Scale scale) {
    return kernels.quantizer().quantize(x, Quantizer.Format.E4M3, tiling, scale, workspace);
  }

  private static void requireSame(Matrix.Tiled actual, Matrix.Tiled expected) {
    assertThat(actual.codes().shape()).isEqualTo(expected.codes().shape());
    assertThat(actual.codes().data().mismatch(expected.codes().data())).isEqualTo(-1);
    assertThat(actual.scales().data().mismatch(expected.scales().data())).isEqualTo(-1);
  }

  @Test
  void forwardProduct() {
    requireProduct(
        golden.tiled("X", Matrix.Tiling.ROWS),
        false,
        golden.tiled("W", Matrix.Tiling.BLOCKS),
        MatMul.Contraction.COLUMNS,
        golden.tensor("fprop"));
  }

  @Test
  void inputGradientProduct() {
    requireProduct(
        golden.tiled("dY", Matrix.Tiling.ROWS),
        false,
        golden.tiled("W", Matrix.Tiling.BLOCKS),
        MatMul.Contraction.ROWS,
        golden.tensor("dgrad"));
  }

  @Test
  void weightGradientProduct() {
    requireProduct(
        columnTiles("dYT"),
        true,
        columnTiles("XT"),
        MatMul.Contraction.ROWS,
        golden.tensor("wgrad"));
  }

  private void requireProduct(
      Matrix.Tiled a,
      boolean transposeA,
      Matrix.Tiled b,
      MatMul.Contraction contraction,
      Tensor expected) {
    Tensor c = workspace.take(DType.F32, expected.rows(), expected.columns());
    MatMul.Packed packed = kernels.matMul().pack(b, contraction, workspace);
    kernels.matMul().multiply(new MatMul.Job(a, transposeA, packed, new Matrix.Dense(c), false));
    double[] left = magnitudes(a, transposeA);
    double[] right = magnitudes(b, contraction == MatMul.Contraction.COLUMNS);
    int depth = packed.depth();
    int columns = c.columns();
    for (int i = 0; i < c.elements(); i++) {
      double sum = 0;
      for (int k = 0; k < depth; k++) {
        sum += left[i / columns * depth + k] * right[k * columns + i % columns];
      }
      assertThat(Math.abs(c.getFloat(i) - (double) expected.getFloat(i)))
          .isLessThanOrEqualTo(1e-6 * sum);
    }
  }

  /** Absolute values, transposed if asked. */
  private double[] magnitudes(Matrix.Tiled q, boolean transpose) {
    Tensor values = workspace.take(DType.F32, q.rows(), q.columns());
    kernels.quantizer().dequantize(q, values);
    double[] result = new double[q.rows() * q.columns()];
    for (int r = 0; r < q.rows(); r++) {
      for (int c = 0; c < q.columns(); c++) {
        result[transpose ? c * q.rows() + r : r * q.columns() + c] =
            Math.abs(values.getFloat((long) r * q.columns() + c));
      }
    }
    return result;
  }
}
