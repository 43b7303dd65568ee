package dev.hadal.bench;

import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Quantizer;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;

/**
 * Times conversions.
 *
 * @param inner computes
 * @param watch takes the times
 */
record ProfiledQuantizer(Quantizer inner, Stopwatch watch) implements Quantizer {
  @Override
  public Matrix.Tiled quantize(
      Tensor x_RC, Format format, Matrix.Tiling tiling, Scale scale, Workspace workspace) {
    return watch.time(
        "quantizer.quantize", () -> inner.quantize(x_RC, format, tiling, scale, workspace));
  }

  @Override
  public void quantize(Tensor x_RC, Scale scale, Matrix.Tiled into) {
    watch.time("quantizer.quantize", () -> inner.quantize(x_RC, scale, into));
  }

  @Override
  public Matrix.Tiled quantizeRounded(
      Tensor x_RC, Format format, Matrix.Tiling tiling, Scale scale, Workspace workspace) {
    return watch.time(
        "quantizer.quantizeRounded",
        () -> inner.quantizeRounded(x_RC, format, tiling, scale, workspace));
  }

  @Override
  public Matrix.Tiled requantize(
      Matrix.Tiled q, Format format, Matrix.Tiling tiling, Scale scale, Workspace workspace) {
    return watch.time(
        "quantizer.requantize", () -> inner.requantize(q, format, tiling, scale, workspace));
  }

  @Override
  public RowsAndColumns quantizeRowsAndColumns(
      Tensor x_RC, Format format, Scale scale, Workspace workspace) {
    return watch.time(
        "quantizer.quantizeRowsAndColumns",
        () -> inner.quantizeRowsAndColumns(x_RC, format, scale, workspace));
  }

  @Override
  public void dequantize(Matrix.Tiled q, Tensor out_RC) {
    watch.time("quantizer.dequantize", () -> inner.dequantize(q, out_RC));
  }

  @Override
  public Matrix.Integers toIntegers(Tensor x_RC, Workspace workspace) {
    return watch.time("quantizer.toIntegers", () -> inner.toIntegers(x_RC, workspace));
  }

  @Override
  public Matrix.BFloat toBFloat16(Tensor x_RC, Workspace workspace) {
    return watch.time("quantizer.toBFloat16", () -> inner.toBFloat16(x_RC, workspace));
  }

  @Override
  public void roundToBFloat16(Tensor x) {
    watch.time("quantizer.roundToBFloat16", () -> inner.roundToBFloat16(x));
  }

  @Override
  public void fromBFloat16(Tensor source, Tensor out) {
    watch.time("quantizer.fromBFloat16", () -> inner.fromBFloat16(source, out));
  }
}
