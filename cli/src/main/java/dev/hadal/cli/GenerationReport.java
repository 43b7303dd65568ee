package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonDecimal;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import dev.hadal.generate.Generation;
import dev.hadal.generate.SpeculationStats;
import dev.hadal.generate.TokenLogprobs;
import dev.hadal.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A finished continuation for machines and for people. */
final class GenerationReport {
  private GenerationReport() {}

  static JsonObject json(Generation generation) {
    SpeculationStats speculation = generation.speculation();
    JsonObject.Builder json =
        JsonObject.builder()
            .put("text", generation.text())
            .put("ids", JsonArray.ofLongs(Arrays.stream(generation.ids()).asLongStream().toArray()))
            .put("finish_reason", reason(generation))
            .put("prompt_tokens", generation.promptTokens())
            .put("completion_tokens", generation.completionTokens())
            .put("drafted_tokens", speculation.drafted())
            .put("accepted_tokens", speculation.accepted());
    if (!generation.logprobs().isEmpty()) {
      json.put("logprobs", logprobs(generation.logprobs()));
    }
    return json.build();
  }

  private static JsonArray logprobs(List<TokenLogprobs> tokens) {
    List<JsonValue> values = new ArrayList<>();
    for (TokenLogprobs token : tokens) {
      List<JsonValue> top = new ArrayList<>();
      for (TokenLogprobs.Candidate candidate : token.top()) {
        top.add(pair(candidate.id(), candidate.logprob()).build());
      }
      values.add(pair(token.id(), token.logprob()).put("top", JsonArray.of(top)).build());
    }
    return JsonArray.of(values);
  }

  private static JsonObject.Builder pair(int id, double logprob) {
    return JsonObject.builder()
        .put("id", new JsonInteger(id))
        .put("logprob", new JsonDecimal(logprob));
  }

  /** A line for each token. */
  static List<String> logprobs(Generation generation, Tokenizer tokenizer) {
    List<String> lines = new ArrayList<>();
    for (TokenLogprobs token : generation.logprobs()) {
      StringBuilder line = new StringBuilder(entry(token.id(), token.logprob(), tokenizer));
      for (TokenLogprobs.Candidate candidate : token.top()) {
        line.append("  ").append(entry(candidate.id(), candidate.logprob(), tokenizer));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private static String entry(int id, double logprob, Tokenizer tokenizer) {
    String text = Json.compact(new JsonString(tokenizer.decode(new int[] {id})));
    return String.format(Locale.ROOT, "%8.4f %s", logprob, text);
  }

  /** Counts, speed and speculation. */
  static String summary(Generation generation, GenerateCommand.Clock clock) {
    int later = generation.completionTokens() - 1;
    String speed =
        later > 0
            ? String.format(Locale.ROOT, ", then %.1f tokens/s", later / clock.afterFirst())
            : "";
    return String.format(
        Locale.ROOT,
        "%d prompt tokens and the first of %d tokens in %.2f s%s; finish reason %s; %s",
        generation.promptTokens(),
        generation.completionTokens(),
        clock.toFirst(),
        speed,
        reason(generation),
        generation.speculation().describe());
  }

  private static String reason(Generation generation) {
    return generation.finishReason().name().toLowerCase(Locale.ROOT);
  }
}
