package dev.hadal.model;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Keeps copies of everything a forward pass shows. */
final class GoldenTrace implements TrainingTrace {
  final List<double[]> logits = new ArrayList<>();
  final List<double[]> mtpLogits = new ArrayList<>();
  private final Map<Integer, double[]> hidden = new HashMap<>();
  private final Map<Integer, long[]> index = new HashMap<>();
  private final Map<Integer, double[]> weight = new HashMap<>();

  @Override
  public void hidden(int layer, Tensor x_TD) {
    hidden.put(layer, values(x_TD));
  }

  @Override
  public void router(int layer, Tensor index_TK, Tensor weight_TK) {
    index.put(layer, Arrays.stream(index_TK.toInts()).asLongStream().toArray());
    weight.put(layer, values(weight_TK));
  }

  @Override
  public void logits(int firstRow, Tensor logits_CV) {
    addRows(logits, logits_CV);
  }

  @Override
  public void mtpLogits(int firstRow, Tensor logits_CV) {
    addRows(mtpLogits, logits_CV);
  }

  private static void addRows(List<double[]> rows, Tensor logits_CV) {
    for (int row = 0; row < logits_CV.rows(); row++) {
      rows.add(values(logits_CV.slice(row, row + 1)));
    }
  }

  double[] hidden(int layer) {
    return Objects.requireNonNull(hidden.get(layer));
  }

  long[] index(int layer) {
    return Objects.requireNonNull(index.get(layer));
  }

  double[] weight(int layer) {
    return Objects.requireNonNull(weight.get(layer));
  }

  static double[] values(Tensor tensor) {
    if (tensor.dtype() == DType.F64) {
      return tensor.toDoubles();
    }
    float[] floats = tensor.toFloats();
    double[] values = new double[floats.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats[i];
    }
    return values;
  }

  static double[] flat(List<double[]> rows) {
    return rows.stream().flatMapToDouble(Arrays::stream).toArray();
  }
}
