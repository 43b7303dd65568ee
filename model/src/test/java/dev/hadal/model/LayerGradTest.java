package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every layer's input and weight gradients against central differences. */
class LayerGradTest {
  private static final int COUNT = 2;
  private static final int LENGTH = 7;
  private static final int ROWS = COUNT * LENGTH;

  private final GradientCheck check = new GradientCheck();
  private final Sequences sequences = Sequences.of(COUNT, LENGTH);

  private static ModelConfig config(boolean v3) {
    return Configs.parse(v3 ? Configs.SMALL : Configs.SMALL_V2);
  }

  @AfterEach
  void close() {
    check.close();
  }

  @Test
  void rmsNorm() {
    ModelConfig config = config(true);
    int width = config.hiddenSize();
    try (Parameters parameters = check.parameters(config)) {
      Parameter weight = parameters.get(ParameterNames.FINAL_NORM);
      Parameter x = check.input("x", ROWS, width);
      check.vary(parameters, ParameterNames.FINAL_NORM);
      Tensor dy = check.constant(ROWS, width);
      Tensor before = check.constant(ROWS, width);
      RmsNormLayer layer = new RmsNormLayer(weight, config.rmsNormEps(), check.context());
      check.check(
          sink -> {
            check.prepare(List.of());
            Tensor y = check.take(ROWS, width);
            RmsNormLayer.Saved saved = layer.forward(x.tensor(), y);
            // The residual path: dx goes on from what is there.
            Tensor dx = check.take(ROWS, width);
            dx.copyFrom(before);
            layer.backwardInput(saved, dy, dx, true);
            sink.accept(x, dx);
            layer.backwardWeight(saved, dy, sink);
            return GradientCheck.dot(y, dy) + GradientCheck.dot(x.tensor(), before);
          });
    }
  }

  @Test
  void linear() {
    ModelConfig config = config(true);
    String name = "model.layers.0.self_attn.q_a_proj.weight";
    try (Parameters parameters = check.parameters(config)) {
      Linear layer = new Linear(parameters.get(name), LinearKind.DENSE);
      Parameter x = check.input("x", ROWS, layer.inputs());
      check.vary(parameters, name);
      Tensor dy = check.constant(ROWS, layer.outputs());
      check.check(
          sink -> {
            check.prepare(List.of(layer));
            MatMul matMul = check.kernels().matMul();
            Matrix in = new Matrix.Dense(x.tensor());
            Matrix gradient = new Matrix.Dense(dy);
            Tensor y = check.take(ROWS, layer.outputs());
            Tensor dx = check.take(ROWS, layer.inputs());
            matMul.multiply(layer.forward(in, y));
            matMul.multiply(layer.backwardInput(gradient, dx, false));
            sink.accept(x, dx);
            WeightGradients gradients = new WeightGradients(check.context());
            gradients.add(layer, gradient, in);
            gradients.run(sink);
            return GradientCheck.dot(y, dy);
          });
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void latentAttentionWithQueryCompressionAndWithout(boolean v3) {
    ModelConfig config = config(v3);
    String prefix = "model.layers.0.self_attn.";
    int width = config.hiddenSize();
    try (Parameters parameters = check.parameters(config);
        Arena arena = Arena.ofConfined()) {
      RopeTable rope = RopeTable.of(config, LENGTH, check.context().type(), arena);
      MultiHeadLatentAttention layer =
          new MultiHeadLatentAttention(config, parameters, prefix, check.context());
      Parameter x = check.input("x", ROWS, width);
      check.vary(parameters, prefix);
      Tensor dy = check.constant(ROWS, width);
      check.check(
          sink -> {
            check.prepare(layer.linears());
            Tensor y = check.take(ROWS, width);
            MultiHeadLatentAttention.Saved saved = layer.forward(x.tensor(), sequences, rope, y);
            Tensor dx = check.take(ROWS, width);
            MultiHeadLatentAttention.Pending pending =
                layer.backwardInput(saved, x::tensor, rope, dy, dx);
            sink.accept(x, dx);
            WeightGradients gradients = new WeightGradients(check.context());
            layer.backwardWeight(pending, gradients, sink);
            gradients.run(sink);
            return GradientCheck.dot(y, dy);
          });
    }
  }

  @Test
  void denseFeedForward() {
    feedForward("model.layers.0.mlp.");
  }

  @Test
  void sharedExpert() {
    feedForward("model.layers.1.mlp.shared_experts.");
  }

  private void feedForward(String prefix) {
    ModelConfig config = config(true);
    int width = config.hiddenSize();
    try (Parameters parameters = check.parameters(config)) {
      FeedForward layer = new FeedForward(parameters, prefix, check.context());
      Parameter x = check.input("x", ROWS, width);
      check.vary(parameters, prefix);
      Tensor dy = check.constant(ROWS, width);
      check.check(
          sink -> {
            check.prepare(layer.linears());
            Tensor y = check.take(ROWS, width);
            FeedForward.Saved saved = layer.forward(x.tensor(), y);
            Tensor dx = check.take(ROWS, width);
            FeedForward.Pending pending = layer.backwardInput(saved, dy, dx);
            sink.accept(x, dx);
            WeightGradients gradients = new WeightGradients(check.context());
            layer.backwardWeight(pending, x::tensor, gradients);
            gradients.run(sink);
            return GradientCheck.dot(y, dy);
          });
    }
  }

  /**
   * Sigmoid with choice bias, groups and normalised weights; softmax without; each with a balance
   * loss as large as the rest, and one combine group or several.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void mixtureOfExperts(boolean v3) {
    ModelConfig config = config(v3);
    String prefix = "model.layers.1.mlp.";
    int width = config.hiddenSize();
    try (Parameters parameters = check.parameters(config)) {
      MixtureOfExperts layer = new MixtureOfExperts(config, parameters, 1, 3, check.context());
      Parameter x = check.input("x", ROWS, width);
      check.vary(parameters, prefix);
      Tensor dy = check.constant(ROWS, width);
      check.check(
          sink -> {
            check.prepare(layer.linears());
            Tensor y = check.take(ROWS, width);
            MixtureOfExperts.Saved saved = layer.forward(x.tensor(), sequences, 0.7, y);
            Tensor dx = check.take(ROWS, width);
            MixtureOfExperts.Pending pending = layer.backwardInput(saved, dy, dx);
            sink.accept(x, dx);
            WeightGradients gradients = new WeightGradients(check.context());
            layer.backwardWeight(pending, x.tensor(), gradients);
            gradients.run(sink);
            return GradientCheck.dot(y, dy) + saved.balance();
          });
    }
  }

  /** The balance loss by itself reaches the gate and the layer's input. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void balanceLoss(boolean v3) {
    ModelConfig config = config(v3);
    String gate = "model.layers.1.mlp.gate.weight";
    int width = config.hiddenSize();
    try (Parameters parameters = check.parameters(config)) {
      MixtureOfExperts layer = new MixtureOfExperts(config, parameters, 1, 1, check.context());
      Parameter x = check.input("x", ROWS, width);
      check.vary(parameters, gate);
      Tensor zero = Tensor.allocate(Arena.ofAuto(), check.context().type(), ROWS, width);
      check.check(
          sink -> {
            check.prepare(layer.linears());
            MixtureOfExperts.Saved saved =
                layer.forward(x.tensor(), sequences, 1.3, check.take(ROWS, width));
            Tensor dx = check.take(ROWS, width);
            MixtureOfExperts.Pending pending = layer.backwardInput(saved, zero, dx);
            sink.accept(x, dx);
            WeightGradients gradients = new WeightGradients(check.context());
            layer.backwardWeight(pending, x.tensor(), gradients);
            gradients.run(sink);
            return saved.balance();
          });
    }
  }

  /** More rows than a slice, so that the weight gradient goes on adding. */
  @Test
  void outputHead() {
    ModelConfig config = config(true);
    int rows = OutputHead.sliceRows(config.vocabSize()) + 3;
    int width = config.hiddenSize();
    double factor = 0.3;
    int[] targets = IntStream.range(0, rows).map(i -> i * 7 % config.vocabSize()).toArray();
    try (Parameters parameters = check.parameters(config)) {
      OutputHead layer = new OutputHead(parameters, check.context());
      Parameter x = check.input("x", rows, width);
      check.vary(parameters, ParameterNames.HEAD);
      check.check(
          sink -> {
            check.prepare(layer.linears());
            Tensor dx = check.take(rows, width);
            OutputHead.Result result = layer.forwardBackward(x.tensor(), targets, factor, dx, sink);
            sink.accept(x, dx);
            return factor * result.loss();
          });
    }
  }

  @Test
  void multiTokenPrediction() {
    ModelConfig config = config(true);
    int width = config.hiddenSize();
    Sequences shorter = Sequences.of(COUNT, LENGTH - 1);
    int[] next = IntStream.range(0, shorter.rows()).map(i -> i * 5 % config.vocabSize()).toArray();
    try (Parameters parameters = check.parameters(config);
        Arena arena = Arena.ofConfined()) {
      RopeTable rope = RopeTable.of(config, LENGTH, check.context().type(), arena);
      MultiTokenPrediction layer = new MultiTokenPrediction(config, parameters, 1, check.context());
      Parameter state = check.input("state", ROWS, width);
      check.vary(parameters, ParameterNames.layer(config.numHiddenLayers()));
      check.vary(parameters, ParameterNames.EMBEDDING);
      Tensor dy = check.constant(shorter.rows(), width);
      Tensor before = check.constant(ROWS, width);
      check.check(
          sink -> {
            check.prepare(layer.linears());
            MultiTokenPrediction.Saved saved =
                layer.forward(state.tensor(), sequences, next, rope, 0.9);
            Tensor dstate = check.take(ROWS, width);
            dstate.copyFrom(before);
            double loss =
                GradientCheck.dot(saved.y_SD(), dy)
                    + java.util.Objects.requireNonNull(saved.block().moe()).balance()
                    + GradientCheck.dot(state.tensor(), before);
            layer.backward(saved, sequences, rope, dy, dstate, sink);
            sink.accept(state, dstate);
            return loss;
          });
    }
  }
}
