package dev.hadal.train;

import com.sun.management.OperatingSystemMXBean;
import dev.hadal.model.MemoryPlan;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.ParameterCounts;
import dev.hadal.model.TrainingModel;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a run needs, from the shapes alone, in bytes.
 *
 * @param model weights, packed weights, activations and scratch
 * @param moments of the optimiser
 * @param gradients and their exact sums
 * @param average of the weights
 * @param snapshot the state as a checkpoint in the making holds it
 * @param data tokens in memory
 */
public record TrainingMemory(
    MemoryPlan model, long moments, long gradients, long average, long snapshot, long data) {
  private static final long SLACK = 256L << 20;

  /**
   * The plan of a configuration.
   *
   * @param data bytes of tokens in memory
   */
  public static TrainingMemory of(TrainConfig config, long data) {
    ModelConfig shapes = config.model();
    TrainingSection training = config.training();
    ParameterCounts counts = shapes.parameterCounts();
    long elements = counts.total() + counts.mtp();
    long biases =
        shapes.hasGateBias() ? (long) shapes.moeLayers().length * shapes.nRoutedExperts() : 0;
    long trained = elements - biases;
    double weight = Math.max(training.mtpWeight(), training.mtpWeightLate());
    MemoryPlan model =
        TrainingModel.memoryPlan(
            shapes,
            config.options(weight, Long.MAX_VALUE),
            training.microBatch(),
            config.data().sequenceLength());
    int momentBytes =
        config.optimizer().moments() == OptimizerSection.Moments.BF16 ? Short.BYTES : Float.BYTES;
    long moments = 2 * trained * momentBytes;
    long gradients =
        GradientSums.bytes(
            trained,
            counts.embedding() + counts.head(),
            training.batchEnd() / training.microBatch(),
            shapes.numNextnPredictLayers() > 0 ? 2 : 1);
    long average = config.emaShare() > 0 ? elements * Float.BYTES : 0;
    long snapshot = elements * Float.BYTES + moments + average;
    return new TrainingMemory(model, moments, gradients, average, snapshot, data);
  }

  /** All parts together. */
  public long total() {
    return model.total() + moments + gradients + average + snapshot + data;
  }

  /** The limit of each of the model's workspaces: a stop for mistakes in the plan. */
  long workspaceBudget(TrainConfig config) {
    long given = config.training().workspaceMegabytes();
    return given > 0 ? given << 20 : 2 * model.workspace() + SLACK;
  }

  /** The parts by name, those that need nothing left out. */
  Map<String, Long> parts() {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("weights", model.parameters());
    parts.put("packed weights", model.packed());
    parts.put("activations", model.activations());
    parts.put("scratch", model.scratch());
    parts.put("moments", moments);
    parts.put("gradients", gradients);
    parts.put("average of the weights", average);
    parts.put("snapshot for checkpoints", snapshot);
    parts.put("data", data);
    parts.values().removeIf(bytes -> bytes == 0);
    return parts;
  }

  /** One line a part. */
  public String describe() {
    StringBuilder out = new StringBuilder();
    parts().forEach((part, bytes) -> line(out, part, bytes));
    line(out, "together", total());
    return out.toString();
  }

  private static void line(StringBuilder out, String part, long bytes) {
    out.append(String.format(Locale.ROOT, "%-26s %,12.1f MB%n", part, bytes / 1048576.0));
  }

  /** All parts in one sentence. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "memory: %,d MB: weights %,d, packed weights %,d, activations %,d, scratch %,d, moments %,d,"
            + " gradients %,d, average %,d, snapshot %,d, data %,d",
        megabytes(total()),
        megabytes(model.parameters()),
        megabytes(model.packed()),
        megabytes(model.activations()),
        megabytes(model.scratch()),
        megabytes(moments),
        megabytes(gradients),
        megabytes(average),
        megabytes(snapshot),
        megabytes(data));
  }

  private static long megabytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }

  /**
   * Refuses what does not fit into the machine.
   *
   * @throws TrainException with the numbers
   */
  public void requireFits() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      requireFits(system.getTotalMemorySize());
    }
  }

  /** The same for a number of bytes. */
  void requireFits(long present) {
    if (total() > present) {
      throw new TrainException(
          String.format(
              Locale.ROOT,
              "the run does not fit into the machine's %,d MB; %s; make the model or"
                  + " training.micro_batch smaller",
              present >> 20,
              summary()));
    }
  }
}
