package dev.hadal.model;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Compares the model with golden numbers of an independent implementation: a folder with {@code
 * config.json}, {@code model.safetensors}, {@code golden.safetensors} (hidden states, routing and
 * logits of some prompts) and, for training, {@code train.safetensors} and {@code summary.json}
 * (loss, gradients, five AdamW steps). Every comparison that the files allow is made, in the
 * arithmetic of the kernels: tolerances are 1e-9 of a tensor's largest magnitude in FP64 (half a
 * unit of F32 more where the file stores F32), in FP32 2e-5 for states, logits and the first loss,
 * 2e-4 for gradients and 1e-4 for the losses of the steps.
 */
public final class GoldenVerifier {
  private static final String GOLDEN = "golden.safetensors";
  private static final String TRAIN = "train.safetensors";
  private static final String FP8_WEIGHTS = "model-fp8.safetensors";
  private static final long BUDGET = 16L << 30;
  private static final double MTP_WEIGHT = 0.3;
  private static final double BALANCE_ALPHA = 0.001;

  /**
   * One comparison.
   *
   * @param name what was compared
   * @param difference largest difference relative to the largest magnitude, or a count of unequal
   *     values where {@code tolerance} is 0
   * @param tolerance the most that is allowed
   */
  public record Row(String name, double difference, double tolerance) {
    /** Whether the comparison holds. */
    public boolean ok() {
      return difference <= tolerance;
    }
  }

  private final Path folder;
  private final Kernels kernels;
  private final ModelConfig config;
  private final GoldenRows rows;

  private GoldenVerifier(Path folder, Kernels kernels) {
    this.folder = folder;
    this.kernels = kernels;
    this.config = ModelConfig.read(folder.resolve("config.json"));
    this.rows = new GoldenRows("", kernels.computeType() == DType.F64);
  }

  /** Whether the folder holds golden numbers of this kind. */
  public static boolean recognises(Path folder) {
    return Files.exists(folder.resolve("config.json"))
        && (Files.exists(folder.resolve(GOLDEN)) || Files.exists(folder.resolve(TRAIN)));
  }

  /** All comparisons that the folder's files allow. */
  public static List<Row> verify(Path folder, Kernels kernels) {
    GoldenVerifier verifier = new GoldenVerifier(folder, kernels);
    if (Files.exists(folder.resolve(GOLDEN))) {
      try (SafetensorsFile golden = SafetensorsFile.open(folder.resolve(GOLDEN))) {
        verifier.forward(golden);
      }
    }
    if (Files.exists(folder.resolve(TRAIN))) {
      JsonArray steps = Json.readObject(folder.resolve("summary.json")).getArray("steps");
      try (SafetensorsFile train = SafetensorsFile.open(folder.resolve(TRAIN))) {
        verifier.training(train, steps);
      }
    }
    return verifier.rows.list();
  }

  private Parameters load(String file) {
    try (WeightFiles files = WeightFiles.open(folder.resolve(file))) {
      Parameters parameters = Parameters.load(config, files, kernels.computeType());
      if (!parameters.warnings().isEmpty()) {
        String warning = parameters.warnings().getFirst();
        parameters.close();
        throw new ModelException(warning);
      }
      return parameters;
    }
  }

  private TrainingModel model(Parameters parameters) {
    TrainingOptions options =
        new TrainingOptions(
            Precision.FP32, MTP_WEIGHT, BALANCE_ALPHA, config.gateRule().groups(), BUDGET);
    TrainingModel model = new TrainingModel(config, parameters, kernels, options);
    model.prepareStep();
    return model;
  }

  private void forward(SafetensorsFile golden) {
    try (Parameters parameters = load("model.safetensors");
        TrainingModel model = model(parameters)) {
      for (int i = 0; golden.contains("input_ids." + i); i++) {
        GoldenTrace trace = trace(model, golden, i);
        compareForward(golden, i, trace);
      }
    }
    if (Files.exists(folder.resolve(FP8_WEIGHTS))) {
      try (Parameters parameters = load(FP8_WEIGHTS);
          TrainingModel model = model(parameters)) {
        for (int i = 0; golden.contains("input_ids." + i); i++) {
          if (golden.contains("fp8.logits." + i)) {
            compareLogits(golden, "fp8.logits." + i, trace(model, golden, i).logits);
          }
        }
      }
    }
  }

  private static GoldenTrace trace(TrainingModel model, SafetensorsFile golden, int prompt) {
    int[] ids = GoldenRows.integers(golden.tensor("input_ids." + prompt));
    // The last target is not part of what is compared.
    int[] tokens = java.util.Arrays.copyOf(ids, ids.length + 1);
    GoldenTrace trace = new GoldenTrace();
    model.evaluate(new MicroBatch(1, ids.length, tokens), trace);
    return trace;
  }

  private void compareForward(SafetensorsFile golden, int prompt, GoldenTrace trace) {
    for (int layer = 0; layer <= config.numHiddenLayers(); layer++) {
      String name = "hidden." + prompt + "." + layer;
      if (golden.contains(name)) {
        rows.values(name, trace.hidden(layer), golden.tensor(name), GoldenRows.FORWARD);
      }
      String router = "router." + prompt + "." + layer;
      if (golden.contains(router + ".index")) {
        rows.equal(router + ".index", trace.index(layer), golden.tensor(router + ".index"));
        rows.values(
            router + ".weight",
            trace.weight(layer),
            golden.tensor(router + ".weight"),
            GoldenRows.FORWARD);
      }
    }
    compareLogits(golden, "logits." + prompt, trace.logits);
    compareLogits(golden, "mtp_logits." + prompt, trace.mtpLogits);
  }

  /** Files may hold the last rows only. */
  private void compareLogits(SafetensorsFile golden, String name, List<double[]> logits) {
    if (!golden.contains(name)) {
      return;
    }
    Tensor expected = golden.tensor(name);
    int skipped = Math.max(0, logits.size() - expected.rows());
    List<double[]> last = logits.subList(skipped, logits.size());
    rows.values(name, GoldenTrace.flat(last), expected, GoldenRows.FORWARD);
  }

  private void training(SafetensorsFile train, JsonArray steps) {
    Tensor batch = train.tensor("batch");
    MicroBatch microBatch =
        new MicroBatch(batch.rows(), batch.columns() - 1, GoldenRows.integers(batch));
    try (Parameters parameters = load("model.safetensors");
        TrainingModel model = model(parameters);
        GoldenOptimizer optimizer = new GoldenOptimizer(parameters, kernels.optimizer())) {
      for (int step = 0; step < steps.size(); step++) {
        optimizer.clear();
        LossSums sums = model.forwardBackward(microBatch, optimizer::add);
        double norm = optimizer.finishGradients(sums.tokens());
        compareLosses(steps, step, sums, norm);
        if (step == 0) {
          compareGradients(train, parameters, optimizer, sums);
        }
        if (step < steps.size() - 1) {
          optimizer.step(step + 1, norm, sums.loads());
          model.prepareStep();
        }
      }
      if (kernels.computeType() == DType.F64) {
        compareParameters(train, parameters);
      }
    }
  }

  private void compareLosses(JsonArray expected, int step, LossSums sums, double norm) {
    double tokens = (double) sums.tokens();
    double total = (sums.main() + MTP_WEIGHT * sums.mtp() + sums.balance()) / tokens;
    compareLoss(expected, step, "total", total);
    compareLoss(expected, step, "main", sums.main() / tokens);
    compareLoss(expected, step, "mtp", sums.mtp() / tokens);
    compareLoss(expected, step, "balance", sums.balance() / tokens);
    // In FP32 the parameters of later steps are not compared, so neither are their gradients.
    if (step == 0 || kernels.computeType() == DType.F64) {
      double expectedNorm = expected.getObject(step).getDouble("grad_norm");
      rows.number("step " + step + " grad_norm", norm, expectedNorm, GoldenRows.GRADIENTS);
    }
  }

  /**
   * Relative to the largest of all steps. A run that learns its one batch by heart multiplies its
   * loss by a small number and any difference by a large one: FP32 rounding of the first gradient,
   * of some 5e-6, reaches 3e-4 of the sixth loss itself in otherwise exact arithmetic.
   */
  private void compareLoss(JsonArray expected, int step, String part, double found) {
    double largest = 0;
    for (int i = 0; i < expected.size(); i++) {
      largest = Math.max(largest, Math.abs(expected.getObject(i).getDouble(part, 0)));
    }
    JsonObject numbers = expected.getObject(step);
    if (numbers.has(part)) {
      double tolerance = step == 0 ? GoldenRows.FORWARD : GoldenRows.STEPS;
      String name = "step %d %s".formatted(step, part);
      rows.number(name, found, numbers.getDouble(part), largest, tolerance);
    }
  }

  private void compareGradients(
      SafetensorsFile train, Parameters parameters, GoldenOptimizer optimizer, LossSums sums) {
    for (Parameter parameter : parameters.trainable()) {
      Tensor gradient = optimizer.gradient(parameter);
      String name = parameter.name();
      if (train.contains("grad." + name)) {
        Tensor expected = train.tensor("grad." + name);
        rows.values("grad." + name, GoldenTrace.values(gradient), expected, GoldenRows.GRADIENTS);
      }
      if (train.contains("grad_norm." + name)) {
        double expected = train.tensor("grad_norm." + name).getDouble(0);
        double norm = GoldenRows.norm(GoldenTrace.values(gradient));
        rows.number("grad_norm." + name, norm, expected, GoldenRows.GRADIENTS);
      }
    }
    int[] layers = config.moeLayers();
    for (int i = 0; i < layers.length; i++) {
      String name = "load." + layers[i];
      if (train.contains(name)) {
        rows.equal(name, sums.loads()[i], train.tensor(name));
      }
    }
  }

  private void compareParameters(SafetensorsFile train, Parameters parameters) {
    for (Parameter parameter : parameters.trainable()) {
      compareParameter(train, parameter.name(), parameter.tensor());
    }
    for (int layer : config.moeLayers()) {
      compareParameter(train, ParameterNames.gateBias(layer), parameters.gateBias(layer));
    }
  }

  private void compareParameter(SafetensorsFile train, String name, Tensor tensor) {
    double[] values = GoldenTrace.values(tensor);
    if (train.contains("step5." + name)) {
      rows.values("step5." + name, values, train.tensor("step5." + name), GoldenRows.STEPS);
    }
    if (train.contains("step5_head." + name)) {
      Tensor expected = train.tensor("step5_head." + name);
      double[] head = java.util.Arrays.copyOf(values, Math.toIntExact(expected.elements()));
      rows.values("step5_head." + name, head, expected, GoldenRows.STEPS);
    }
    if (train.contains("step5_norm." + name)) {
      double expected = train.tensor("step5_norm." + name).getDouble(0);
      rows.number("step5_norm." + name, GoldenRows.norm(values), expected, GoldenRows.STEPS);
    }
  }
}
