package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Products with {@link GroupedWeights}, decoded.
 *
 * @param group elements of a group
 * @param values [N, K] integers
 * @param weights [N, K] in FP32
 * @param scales [N, K / group]
 * @param offsets the same, null if there are none
 */
record ReferenceGroupedProduct(
    int outputs,
    int depth,
    int group,
    int[] values,
    float[] weights,
    float[] scales,
    float @Nullable [] offsets) {

  /** A copy of weights. */
  static ReferenceGroupedProduct of(GroupedWeights weights) {
    int outputs = weights.outputs();
    int depth = weights.depth();
    int[] values = new int[Math.multiplyExact(outputs, depth)];
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = weights.value(i / depth, i % depth);
      floats[i] = weights.weight(i / depth, i % depth);
    }
    GroupedWeights.Scales offsets = weights.offsets();
    return new ReferenceGroupedProduct(
        outputs,
        depth,
        weights.scales().group(),
        values,
        floats,
        numbers(weights.scales(), outputs, depth),
        offsets == null ? null : numbers(offsets, outputs, depth));
  }

  /** What panels hold. */
  static ReferenceGroupedProduct of(GroupedPanels panels) {
    GroupedPanels.Form form = panels.form();
    int outputs = panels.outputs();
    int depth = panels.depth();
    int group = form.group();
    int[] values = new int[Math.multiplyExact(outputs, depth)];
    float[] weights = new float[values.length];
    float[] scales = new float[values.length / group];
    float[] offsets = new float[form.offsets() ? scales.length : 0];
    float[] numbers = new float[2 * GroupedPanels.WIDTH];
    for (int n = 0; n < outputs; n++) {
      int column = n % GroupedPanels.WIDTH;
      for (int k = 0; k < depth; k++) {
        int at = n * depth + k;
        if (k % group == 0) {
          long block = panels.offset(n / GroupedPanels.WIDTH, k);
          int number = k % GroupedPanels.BLOCK / group;
          panels.readNumbers(block, number, 0, numbers, 0);
          scales[at / group] = numbers[column];
          if (form.offsets()) {
            panels.readNumbers(block, number, 1, numbers, GroupedPanels.WIDTH);
            offsets[at / group] = numbers[GroupedPanels.WIDTH + column];
          }
        }
        values[at] = panels.value(n, k);
        float product = values[at] * scales[at / group];
        weights[at] = form.offsets() ? product + offsets[at / group] : product;
      }
    }
    return new ReferenceGroupedProduct(
        outputs, depth, group, values, weights, scales, form.offsets() ? offsets : null);
  }

  private static float[] numbers(GroupedWeights.Scales scales, int outputs, int depth) {
    int groups = depth / scales.group();
    float[] numbers = new float[outputs * groups];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = scales.at(i / groups, i % groups * scales.group());
    }
    return numbers;
  }

  /** Sets C. */
  void multiply(MatMul.Job job) {
    GroupedPanels.require(job);
    Matrix.Dense c = job.c();
    for (int m = 0; m < c.rows(); m++) {
      for (int n = 0; n < outputs; n++) {
        float sum =
            switch (job.a()) {
              case Matrix.Integers a -> integers(a, m, n);
              case Matrix.Dense a -> dense(a, m, n);
              default -> throw new IllegalStateException("no operand of these products");
            };
        c.values().setFloat((long) m * c.rowStride() + c.fromColumn() + n, sum);
      }
    }
  }

  private float integers(Matrix.Integers a, int m, int n) {
    float sum = 0;
    for (int k = 0; k < depth; k += group) {
      int products = 0;
      int codes = 0;
      for (int i = k; i < k + group; i++) {
        int x = a.codes().data().get(Tensor.BYTE, (long) m * depth + i);
        products += values[n * depth + i] * x;
        codes += x;
      }
      float scale = a.scales().getFloat((long) m * a.scales().columns() + k / GroupedWeights.STEP);
      int at = (n * depth + k) / group;
      sum = Math.fma((float) products, scale * scales[at], sum);
      if (offsets != null) {
        sum = Math.fma((float) codes, scale * offsets[at], sum);
      }
    }
    return sum;
  }

  private float dense(Matrix.Dense a, int m, int n) {
    a.values().requireType("product a", DType.F32);
    float sum = 0;
    for (int k = 0; k < depth; k++) {
      float x = a.values().getFloat((long) m * a.rowStride() + a.fromColumn() + k);
      sum = Math.fma(x, weights[n * depth + k], sum);
    }
    return sum;
  }
}
