package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** Wgrads of several linears, dW = dY^T X, packed and multiplied in one call each. */
final class WeightGradients {
  private record Product(Parameter weight, Matrix dy, int input) {}

  private final LayerContext context;
  private final List<Product> products = new ArrayList<>();
  private final List<Matrix> inputs = new ArrayList<>();
  private final IdentityHashMap<Matrix, Integer> inputIndex = new IdentityHashMap<>();

  WeightGradients(LayerContext context) {
    this.context = context;
  }

  /** Adds a product; operands tiled along the tokens. An input is packed once. */
  void add(Linear linear, Matrix dy, Matrix x) {
    int input =
        inputIndex.computeIfAbsent(
            x,
            _ -> {
              inputs.add(x);
              return inputs.size() - 1;
            });
    products.add(new Product(linear.weight(), dy, input));
  }

  /** Computes all and hands them to the sink in the order of adding. */
  void run(GradientSink sink) {
    MatMul matMul = context.kernels().matMul();
    List<MatMul.Packed> packed = matMul.packAll(inputs, MatMul.Contraction.ROWS, context.scratch());
    List<MatMul.Job> jobs = new ArrayList<>(products.size());
    for (Product product : products) {
      Tensor weight = product.weight.tensor();
      Tensor gradient = context.scratch().take(context.type(), weight.rows(), weight.columns());
      MatMul.Packed x = packed.get(product.input);
      jobs.add(new MatMul.Job(product.dy, true, x, new Matrix.Dense(gradient), false));
    }
    matMul.multiplyAll(jobs);
    for (int i = 0; i < jobs.size(); i++) {
      sink.accept(products.get(i).weight, jobs.get(i).c().values());
    }
  }
}
