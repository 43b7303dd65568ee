package dev.hadal.serve;

import dev.hadal.generate.Penalties;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The body of {@code POST /v1/completions} (OpenAI API reference, "Completions"; {@code top_k},
 * {@code min_p} and {@code repetition_penalty} as in vLLM). Its constructor checks all ranges that
 * do not depend on the model.
 *
 * @param model the name asked for, or empty for the one that is there
 * @param prompts at least one
 * @param suffix what comes after the text to be filled in
 * @param maxTokens tokens of a continuation; 16 where the client says nothing
 * @param temperature 0 for the best token each time; 1 where the client says nothing
 * @param topP as in {@link dev.hadal.generate.SamplingOptions}
 * @param topK as there
 * @param minP as there
 * @param seed decides the draws; without one each request has its own
 * @param stop texts that end a continuation
 * @param n continuations of each prompt
 * @param echo whether the prompt is part of the text
 * @param logprobs how many of the most probable tokens to report
 * @param stream whether tokens are sent as they come
 * @param includeUsage whether the last event of a stream reports the usage
 * @param repetitionPenalty as in {@link dev.hadal.generate.Penalties}
 * @param frequencyPenalty taken off a token's logit for each time it has been drawn
 * @param presencePenalty taken off the logit of each token that has been drawn
 * @param logitBias added to logits
 * @param ignored fields that were not used, for a header
 */
record CompletionRequest(
    Optional<String> model,
    List<Prompt> prompts,
    Optional<String> suffix,
    int maxTokens,
    double temperature,
    double topP,
    int topK,
    double minP,
    OptionalLong seed,
    List<String> stop,
    int n,
    boolean echo,
    OptionalInt logprobs,
    boolean stream,
    boolean includeUsage,
    double repetitionPenalty,
    double frequencyPenalty,
    double presencePenalty,
    Map<Integer, Double> logitBias,
    List<String> ignored) {
  static final int DEFAULT_MAX_TOKENS = 16;

  /** Checks the ranges against the limits that every server has. */
  CompletionRequest {
    Limits limits = Limits.STANDARD;
    prompts = List.copyOf(prompts);
    stop = List.copyOf(stop);
    logitBias = Map.copyOf(logitBias);
    ignored = List.copyOf(ignored);
    // No negative zero.
    temperature += 0.0;
    range(!prompts.isEmpty(), "prompt", "at least one prompt", 0);
    range(
        prompts.size() <= limits.prompts(),
        "prompt",
        "at most %d prompts".formatted(limits.prompts()),
        prompts.size());
    range(maxTokens >= 0, "max_tokens", "0 or more", maxTokens);
    range(temperature >= 0 && temperature <= 2, "temperature", "0 to 2", temperature);
    range(topP > 0 && topP <= 1, "top_p", "above 0, at most 1", topP);
    range(topK >= 0, "top_k", "0 or more", topK);
    range(minP >= 0 && minP <= 1, "min_p", "0 to 1", minP);
    range(n >= 1 && n <= limits.choices(), "n", "1 to %d".formatted(limits.choices()), n);
    range(
        (long) n * prompts.size() <= limits.sequences(),
        "n",
        "at most %d continuations of all prompts together".formatted(limits.sequences()),
        n * prompts.size());
    range(
        logprobs.orElse(0) >= 0 && logprobs.orElse(0) <= limits.logprobs(),
        "logprobs",
        "0 to %d".formatted(limits.logprobs()),
        logprobs.orElse(0));
    range(
        repetitionPenalty > 0 && repetitionPenalty <= 100,
        "repetition_penalty",
        "above 0, at most 100",
        repetitionPenalty);
    range(within2(frequencyPenalty), "frequency_penalty", "-2 to 2", frequencyPenalty);
    range(within2(presencePenalty), "presence_penalty", "-2 to 2", presencePenalty);
    range(
        logitBias.size() <= limits.biases(),
        "logit_bias",
        "at most %d entries".formatted(limits.biases()),
        logitBias.size());
    for (double bias : logitBias.values()) {
      range(bias >= -100 && bias <= 100, "logit_bias", "values from -100 to 100", bias);
    }
    range(
        stop.size() <= limits.stops(),
        "stop",
        "at most %d texts".formatted(limits.stops()),
        stop.size());
    for (String text : stop) {
      int bytes = text.getBytes(StandardCharsets.UTF_8).length;
      range(
          bytes >= 1 && bytes <= limits.stopBytes(),
          "stop",
          "texts of 1 to %d bytes".formatted(limits.stopBytes()),
          bytes);
    }
    if (includeUsage && !stream) {
      throw ApiException.invalid(
          "stream_options",
          "contradiction",
          "stream_options: expected only together with \"stream\": true.");
    }
    if (suffix.isPresent() && echo) {
      throw ApiException.invalid(
          "echo", "contradiction", "echo: expected false together with suffix.");
    }
    for (Prompt prompt : prompts) {
      if (suffix.isPresent() && prompt instanceof Prompt.Tokens) {
        throw ApiException.invalid(
            "suffix", "contradiction", "suffix: expected a prompt that is text, not token ids.");
      }
    }
  }

  private static boolean within2(double value) {
    return value >= -2 && value <= 2;
  }

  private static void range(boolean holds, String field, String expected, Object found) {
    if (!holds) {
      throw ApiException.invalid(
          field, "out_of_range", "%s: expected %s, found %s.".formatted(field, expected, found));
    }
  }

  /** What is done to logits before a draw. */
  Penalties penalties() {
    return new Penalties(repetitionPenalty, 0, presencePenalty, frequencyPenalty, logitBias);
  }

  /** Continuations of all prompts. */
  int sequences() {
    return n * prompts.size();
  }
}
