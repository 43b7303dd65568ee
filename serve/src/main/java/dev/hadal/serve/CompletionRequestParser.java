package dev.hadal.serve;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;

/** Reads a {@link CompletionRequest} from its JSON. */
final class CompletionRequestParser {
  private static final String ROOT = "request";

  /**
   * A body has at most one JSON token for so many of its bytes, or nothing but empty objects would
   * take some hundred times the body's memory.
   */
  private static final int SHORTEST_TOKEN = 4;

  private static final int FEW_TOKENS = 1024;

  private CompletionRequestParser() {}

  /**
   * The request.
   *
   * @throws ApiException if the bytes are not one
   */
  static CompletionRequest parse(byte[] utf8, Limits limits) {
    JsonObject object = object(utf8, limits);
    RequestFields fields = new RequestFields("", object);
    Optional<JsonObject> streamOptions = fields.object("stream_options");
    boolean includeUsage = false;
    List<String> ignored = new ArrayList<>();
    if (streamOptions.isPresent()) {
      RequestFields inner = new RequestFields("stream_options.", streamOptions.get());
      includeUsage = inner.truth("include_usage", false);
      ignored.addAll(inner.unknown());
    }
    int n = fields.small("n", 1);
    int bestOf = fields.small("best_of", n);
    if (bestOf != n) {
      throw ApiException.invalid(
          "best_of",
          "unsupported_value",
          "best_of: expected the same as n (%d), found %d.".formatted(n, bestOf));
    }
    Optional<JsonValue> prompt = fields.find("prompt");
    if (prompt.isEmpty()) {
      throw ApiException.invalid("prompt", "missing", "prompt: the field is missing.");
    }
    List<Prompt> prompts = prompts(fields, prompt.get(), limits);
    OptionalInt logprobs =
        fields.integer("logprobs").isPresent()
            ? OptionalInt.of(fields.small("logprobs", 0))
            : OptionalInt.empty();
    OptionalLong seed = fields.integer("seed").map(OptionalLong::of).orElseGet(OptionalLong::empty);
    Optional<String> model = fields.text("model");
    Optional<String> suffix = fields.text("suffix").filter(text -> !text.isEmpty());
    int maxTokens = fields.small("max_tokens", CompletionRequest.DEFAULT_MAX_TOKENS);
    double temperature = fields.number("temperature", 1);
    double topP = fields.number("top_p", 1);
    // -1 is what some clients send for "all tokens".
    int topK = fields.small("top_k", 0);
    double minP = fields.number("min_p", 0);
    List<String> stop = stop(fields);
    boolean echo = fields.truth("echo", false);
    boolean stream = fields.truth("stream", false);
    double repetitionPenalty = fields.number("repetition_penalty", 1);
    double frequencyPenalty = fields.number("frequency_penalty", 0);
    double presencePenalty = fields.number("presence_penalty", 0);
    Map<Integer, Double> logitBias = logitBias(fields, limits);
    ignored.addAll(fields.unknown());
    return new CompletionRequest(
        model,
        prompts,
        suffix,
        maxTokens,
        temperature,
        topP,
        topK == -1 ? 0 : topK,
        minP,
        seed,
        stop,
        n,
        echo,
        logprobs,
        stream,
        includeUsage,
        repetitionPenalty,
        frequencyPenalty,
        presencePenalty,
        logitBias,
        ignored);
  }

  private static JsonObject object(byte[] utf8, Limits limits) {
    JsonLimits bounds =
        new JsonLimits(
            limits.bodyBytes(),
            limits.jsonDepth(),
            limits.bodyBytes(),
            limits.jsonNameLength(),
            Math.max(FEW_TOKENS, limits.bodyBytes() / SHORTEST_TOKEN));
    try {
      if (Json.parse(ROOT, utf8, bounds) instanceof JsonObject object) {
        return object;
      }
    } catch (FormatException e) {
      throw broken(e);
    }
    throw ApiException.invalid(null, "invalid_json", "The body is not a JSON object.");
  }

  /** The JSON library's own messages name classes, so only the place is taken from them. */
  private static ApiException broken(FormatException e) {
    return switch (e.getCause()) {
      case StreamConstraintsException _ ->
          ApiException.invalid(
              null, "invalid_json", "The body exceeds a limit of depth or length of its JSON.");
      case JacksonException json -> {
        TokenStreamLocation at = json.getLocation();
        yield ApiException.invalid(
            null,
            "invalid_json",
            "The body is not valid JSON (line %d, column %d)."
                .formatted(at.getLineNr(), at.getColumnNr()));
      }
      case null -> ApiException.invalid(null, "invalid_json", sentence(e.getMessage()));
      default -> ApiException.invalid(null, "invalid_json", "The body is not UTF-8 text.");
    };
  }

  private static String sentence(@Nullable String message) {
    if (message == null || !message.startsWith(ROOT + ": ")) {
      return "The body is not valid JSON.";
    }
    return message.substring(ROOT.length() + 2) + ".";
  }

  /** A text, token ids, or an array of either. */
  private static List<Prompt> prompts(RequestFields fields, JsonValue value, Limits limits) {
    if (value instanceof JsonString) {
      return List.of(new Prompt.Text(fields.text("prompt", value)));
    }
    List<JsonValue> elements = fields.array("prompt", value);
    if (!elements.isEmpty() && elements.getFirst() instanceof JsonInteger) {
      return List.of(tokens(fields, elements));
    }
    if (elements.size() > limits.prompts()) {
      throw ApiException.invalid(
          "prompt",
          "out_of_range",
          "prompt: expected at most %d prompts, found %d."
              .formatted(limits.prompts(), elements.size()));
    }
    List<Prompt> prompts = new ArrayList<>(elements.size());
    boolean texts = !elements.isEmpty() && elements.getFirst() instanceof JsonString;
    for (JsonValue element : elements) {
      prompts.add(
          texts
              ? new Prompt.Text(fields.text("prompt", element))
              : tokens(fields, fields.array("prompt", element)));
    }
    return prompts;
  }

  private static Prompt.Tokens tokens(RequestFields fields, List<JsonValue> elements) {
    if (elements.isEmpty()) {
      throw ApiException.invalid(
          "prompt", "out_of_range", "prompt: expected at least one token, found none.");
    }
    int[] ids = new int[elements.size()];
    for (int i = 0; i < ids.length; i++) {
      long id = fields.integer("prompt", elements.get(i));
      if (id < 0 || id > Integer.MAX_VALUE) {
        throw ApiException.invalid(
            "prompt",
            "out_of_range",
            "prompt: expected token ids of 0 or more, found %d.".formatted(id));
      }
      ids[i] = (int) id;
    }
    return new Prompt.Tokens(ids);
  }

  private static List<String> stop(RequestFields fields) {
    Optional<JsonValue> value = fields.find("stop");
    if (value.isEmpty()) {
      return List.of();
    }
    if (value.get() instanceof JsonString) {
      return List.of(fields.text("stop", value.get()));
    }
    return fields.array("stop", value.get()).stream()
        .map(element -> fields.text("stop", element))
        .toList();
  }

  private static Map<Integer, Double> logitBias(RequestFields fields, Limits limits) {
    Optional<JsonObject> object = fields.object("logit_bias");
    Map<Integer, Double> biases = new TreeMap<>();
    if (object.isEmpty()) {
      return biases;
    }
    if (object.get().members().size() > limits.biases()) {
      throw ApiException.invalid(
          "logit_bias",
          "out_of_range",
          "logit_bias: expected at most %d entries, found %d."
              .formatted(limits.biases(), object.get().members().size()));
    }
    for (Map.Entry<String, JsonValue> entry : object.get().members().entrySet()) {
      if (!entry.getKey().matches("0|[1-9][0-9]{0,8}")) {
        throw ApiException.invalid(
            "logit_bias",
            "invalid_type",
            "logit_bias: expected token ids as the names of its members.");
      }
      biases.put(Integer.valueOf(entry.getKey()), fields.number("logit_bias", entry.getValue()));
    }
    return biases;
  }
}
