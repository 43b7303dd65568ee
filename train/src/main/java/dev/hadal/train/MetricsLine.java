package dev.hadal.train;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonDecimal;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code metrics.jsonl}. JSON has no word for numbers that are not finite, so they are
 * spelled as the strings {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}.
 */
final class MetricsLine {
  /** Holds the loads of 61 layers of 256 experts several times over. */
  static final int LONGEST = 4 << 20;

  private static final JsonLimits LIMITS = new JsonLimits(LONGEST, 4, LONGEST, 256, LONGEST);

  private MetricsLine() {}

  /** The line without its end. */
  static String write(StepRecord step) {
    JsonObject.Builder line = JsonObject.builder();
    line.put("step", step.step());
    line.put("tokens", step.tokens());
    line.put("total_tokens", step.totalTokens());
    if (step.totalSeconds() > 0) {
      line.put("total_seconds", number(step.totalSeconds()));
    }
    line.put("learning_rate", number(step.learningRate()));
    line.put("loss", number(step.loss()));
    line.put("mtp_loss", number(step.mtpLoss()));
    line.put("balance_loss", number(step.balanceLoss()));
    line.put("gradient_norm", number(step.gradientNorm()));
    line.put("max_vio", number(step.maxVio()));
    line.put("mtp_acceptance", number(step.mtpAcceptance()));
    line.put("skipped", step.skipped());
    line.put("seconds", number(step.seconds()));
    line.put("tokens_per_second", number(step.tokensPerSecond()));
    line.put("peak_share", number(step.peakShare()));
    long[][] loads = step.loads();
    if (loads != null) {
      List<JsonArray> layers = new ArrayList<>();
      for (long[] layer : loads) {
        layers.add(JsonArray.ofLongs(layer));
      }
      line.put("loads", JsonArray.of(layers));
    }
    HeldOutScore heldOut = step.heldOut();
    if (heldOut != null) {
      line.put(
          "held_out",
          JsonObject.builder()
              .put("negative_log_likelihood", number(heldOut.negativeLogLikelihood()))
              .put("tokens", heldOut.tokens())
              .put("bytes", heldOut.bytes())
              .put("files", heldOut.files())
              .put("bits_per_byte", number(heldOut.bitsPerByte()))
              .build());
    }
    StepRecord.Sample sample = step.sample();
    if (sample != null) {
      line.put(
          "sample",
          JsonObject.builder().put("prompt", sample.prompt()).put("text", sample.text()).build());
    }
    return Json.compact(line.build());
  }

  /**
   * The record of a line; members that this version does not know are passed over.
   *
   * @param place file and line, for messages
   * @throws TrainException if the line is not such an object, naming the field
   */
  static StepRecord read(String place, byte[] utf8) {
    try {
      if (Json.parse(place, utf8, LIMITS) instanceof JsonObject line) {
        return record(line);
      }
      throw new TrainException(place + ": expected one JSON object a line, found another value");
    } catch (FormatException e) {
      throw new TrainException(String.valueOf(e.getMessage()), e);
    }
  }

  private static StepRecord record(JsonObject line) {
    return new StepRecord(
        atLeast(1, line, "step"),
        atLeast(0, line, "tokens"),
        atLeast(0, line, "total_tokens"),
        line.has("total_seconds") ? number(line, "total_seconds") : 0,
        number(line, "learning_rate"),
        number(line, "loss"),
        number(line, "mtp_loss"),
        number(line, "balance_loss"),
        number(line, "gradient_norm"),
        number(line, "max_vio"),
        number(line, "mtp_acceptance"),
        line.getBoolean("skipped"),
        number(line, "seconds"),
        number(line, "tokens_per_second"),
        number(line, "peak_share"),
        loads(line),
        line.findObject("held_out").map(MetricsLine::heldOut).orElse(null),
        line.findObject("sample").map(MetricsLine::sample).orElse(null));
  }

  private static HeldOutScore heldOut(JsonObject score) {
    return new HeldOutScore(
        number(score, "negative_log_likelihood"),
        atLeast(1, score, "tokens"),
        atLeast(1, score, "bytes"),
        (int) Math.min(Integer.MAX_VALUE, atLeast(1, score, "files")));
  }

  private static StepRecord.Sample sample(JsonObject sample) {
    return new StepRecord.Sample(sample.getString("prompt"), sample.getString("text"));
  }

  private static long @Nullable [][] loads(JsonObject line) {
    if (!line.has("loads")) {
      return null;
    }
    JsonArray layers = line.getArray("loads");
    long[][] loads = new long[layers.size()][];
    for (int layer = 0; layer < loads.length; layer++) {
      JsonArray experts = layers.getArray(layer);
      loads[layer] = experts.toLongs();
      for (int expert = 0; expert < loads[layer].length; expert++) {
        if (loads[layer][expert] < 0) {
          throw experts.error(
              expert, "expected a number of tokens from 0, found " + loads[layer][expert]);
        }
      }
    }
    return loads;
  }

  private static long atLeast(long least, JsonObject object, String name) {
    long value = object.getLong(name);
    if (value < least) {
      throw object.error(name, "expected an integer from " + least + ", found " + value);
    }
    return value;
  }

  private static JsonValue number(double value) {
    return Double.isFinite(value) ? new JsonDecimal(value) : new JsonString(Double.toString(value));
  }

  private static double number(JsonObject object, String name) {
    if (object.find(name).orElse(null) instanceof JsonString(String text)) {
      return switch (text) {
        case "NaN" -> Double.NaN;
        case "Infinity" -> Double.POSITIVE_INFINITY;
        case "-Infinity" -> Double.NEGATIVE_INFINITY;
        default ->
            throw object.error(
                name, "expected a number, \"NaN\", \"Infinity\" or \"-Infinity\", found a string");
      };
    }
    return object.getDouble(name);
  }
}
