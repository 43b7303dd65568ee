package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Wgrads of several linears, dW = dY^T X, packed and multiplied in one call each. */
final class WeightGradients {
  private record Product(Parameter weight, Matrix dy, Matrix x) {}

  private final LayerContext context;
  private final List<Product> products = new ArrayList<>();

  WeightGradients(LayerContext context) {
    this.context = context;
  }

  /** Adds a product; operands tiled along the tokens. */
  void add(Linear linear, Matrix dy, Matrix x) {
    products.add(new Product(linear.weight(), dy, x));
  }

  /** Computes all and hands them to the sink in the order of adding. */
  void run(GradientSink sink) {
    MatMul matMul = context.kernels().matMul();
    List<Matrix> inputs = new ArrayList<>();
    Map<Matrix, Integer> indexOf = new IdentityHashMap<>();
    for (Product product : products) {
      if (indexOf.putIfAbsent(product.x, inputs.size()) == null) {
        inputs.add(product.x);
      }
    }
    List<MatMul.Packed> packed = matMul.packAll(inputs, MatMul.Contraction.ROWS, context.scratch());
    List<MatMul.Job> jobs = new ArrayList<>(products.size());
    for (Product product : products) {
      Tensor weight = product.weight.tensor();
      Tensor gradient = context.scratch().take(context.type(), weight.rows(), weight.columns());
      MatMul.Packed x = packed.get(indexOf.get(product.x));
      jobs.add(new MatMul.Job(product.dy, true, x, new Matrix.Dense(gradient), false));
    }
    matMul.multiplyAll(jobs);
    for (int i = 0; i < jobs.size(); i++) {
      sink.accept(products.get(i).weight, jobs.get(i).c().values());
    }
  }
}
