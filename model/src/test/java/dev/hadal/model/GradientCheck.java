package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.numerics.RandomStream;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * Compares hand-written gradients with central differences in binary64.
 *
 * <p>With the step h the difference quotient errs by about h^2 f'''/6 for the curve and by about
 * 2^-53 |f| n / h for the n roundings in f. At h = 2^-17 the first is 1e-11 f''', the second 1e-11
 * |f| n; with losses and third derivatives of order 1 to 100 both stay below 1e-7 of a tensor's
 * largest gradient, which is the tolerance. A wrong term shows as an error of order 1.
 */
final class GradientCheck implements AutoCloseable {
  private static final double STEP = 0x1p-17;
  private static final double TOLERANCE = 1e-7;
  private static final int SAMPLES = 6;

  /** Memory that a layer gets dirty, as in training. */
  private static final long BUDGET = 1L << 30;

  private final Kernels kernels = new ReferenceKernels(Arithmetic.FP64);
  private final Arena arena = Arena.ofShared();
  private final Workspace packed = new Workspace("packed", BUDGET);
  private final Workspace saved = new Workspace("saved", BUDGET);
  private final Workspace scratch = new Workspace("scratch", BUDGET);
  private final LayerContext context =
      new LayerContext(kernels, Precision.FP32, saved, scratch, true);
  private final List<Parameter> varied = new ArrayList<>();
  private long stream = 1000;

  Kernels kernels() {
    return kernels;
  }

  LayerContext context() {
    return context;
  }

  Tensor take(long... extents) {
    return scratch.take(DType.F64, extents);
  }

  /** Random parameters: matrices of spread 0.3, norms about 1, choice biases about 0. */
  Parameters parameters(ModelConfig config) {
    Parameters parameters = Parameters.allocate(config, DType.F64);
    parameters.initialize(11, 0.3);
    for (Parameter parameter : parameters.trainable()) {
      if (!parameter.decays()) {
        fill(parameter.tensor(), 1, 0.2);
      }
    }
    parameters.gateBiases().forEach(bias -> fill(bias, 0, 0.1));
    return parameters;
  }

  /** A random tensor that stays as it is. */
  Tensor constant(long... extents) {
    Tensor tensor = Tensor.allocate(arena, DType.F64, extents);
    fill(tensor, 0, 1);
    return tensor;
  }

  private void fill(Tensor tensor, double mean, double spread) {
    RandomStream random = new RandomStream(5, stream++);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.setDouble(i, mean + spread * random.normal(i));
    }
  }

  /** A random input whose gradient is checked; the layer reports it under this parameter. */
  Parameter input(String name, long... extents) {
    Parameter input = new Parameter(-1 - varied.size(), name, constant(extents));
    varied.add(input);
    return input;
  }

  void vary(Parameters parameters, String prefix) {
    for (Parameter parameter : parameters.trainable()) {
      if (parameter.name().startsWith(prefix)) {
        varied.add(parameter);
      }
    }
  }

  void prepare(List<Linear> linears) {
    packed.release(new Workspace.Mark(0, 0));
    saved.release(new Workspace.Mark(0, 0));
    scratch.release(new Workspace.Mark(0, 0));
    Linear.prepare(linears, context, packed);
  }

  static double dot(Tensor a, Tensor b) {
    double sum = 0;
    for (long i = 0; i < a.elements(); i++) {
      sum += a.getDouble(i) * b.getDouble(i);
    }
    return sum;
  }

  /**
   * Checks samples of every varied tensor.
   *
   * @param pass computes the loss and hands every gradient to the sink
   */
  void check(ToDoubleFunction<GradientSink> pass) {
    Map<String, double[]> gradients = new HashMap<>();
    varied.forEach(p -> gradients.put(p.name(), new double[(int) p.tensor().elements()]));
    double loss =
        pass.applyAsDouble(
            (parameter, gradient) -> {
              assertThat(gradient.shape()).isEqualTo(parameter.tensor().shape());
              double[] sum = gradients.get(parameter.name());
              for (int i = 0; sum != null && i < sum.length; i++) {
                sum[i] += gradient.getDouble(i);
              }
            });
    assertThat(loss).isFinite();
    int checked = 0;
    for (Parameter parameter : varied) {
      double[] gradient = Objects.requireNonNull(gradients.get(parameter.name()));
      checked += check(parameter, gradient, pass);
    }
    assertThat(checked).isGreaterThanOrEqualTo(varied.size());
  }

  private int check(Parameter parameter, double[] gradient, ToDoubleFunction<GradientSink> pass) {
    Tensor values = parameter.tensor();
    int samples = Math.min(SAMPLES, gradient.length);
    RandomStream random = new RandomStream(17, stream++);
    double largest = 1e-3;
    for (double value : gradient) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int s = 0; s < samples; s++) {
      int i = (int) Math.floorMod(random.bits(s), (long) gradient.length);
      double value = values.getDouble(i);
      values.setDouble(i, value + STEP);
      double above = pass.applyAsDouble((_, _) -> {});
      values.setDouble(i, value - STEP);
      double below = pass.applyAsDouble((_, _) -> {});
      values.setDouble(i, value);
      double expected = (above - below) / (2 * STEP);
      assertThat(Math.abs(gradient[i] - expected) / largest)
          .as("%s[%d]: %s, by differences %s", parameter.name(), i, gradient[i], expected)
          .isLessThan(TOLERANCE);
    }
    return samples;
  }

  @Override
  public void close() {
    scratch.close();
    saved.close();
    packed.close();
    arena.close();
  }
}
