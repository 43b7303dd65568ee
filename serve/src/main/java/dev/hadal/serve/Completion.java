package dev.hadal.serve;

import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import dev.hadal.generate.GenerationRequest;
import dev.hadal.generate.TokenLogprobs;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** One completion request on its way: what the engine has to do, and what came of it. */
final class Completion {
  private final ServedModel model;
  private final CompletionRequest request;
  private final List<ServedModel.Encoded> prompts;
  private final List<Choice> choices = new ArrayList<>();
  private final Job job;
  private final String id;
  private final long created = System.currentTimeMillis() / 1000;

  /**
   * A completion that has not begun.
   *
   * @throws ApiException if the model cannot serve the request
   */
  Completion(ServedModel model, CompletionRequest request, Limits limits, SecureRandom random) {
    this.model = model;
    this.request = request;
    request.model().ifPresent(model::requireName);
    this.prompts = model.encode(request);
    this.job = new Job(limits);
    byte[] name = new byte[12];
    random.nextBytes(name);
    this.id = "cmpl-" + HexFormat.of().formatHex(name);
    long seed = request.seed().orElseGet(random::nextLong);
    for (int i = 0; i < request.sequences(); i++) {
      choices.add(
          new Choice(
              i, request.logprobs().isPresent() ? new LogprobsBuilder(model.tokenizer()) : null));
    }
    for (int p = 0; p < prompts.size(); p++) {
      plan(p, seed);
    }
  }

  /** A prompt's choices differ in their draws; the same prompt twice gives the same twice. */
  private void plan(int prompt, long seed) {
    ServedModel.Encoded encoded = prompts.get(prompt);
    boolean scored = request.echo() && request.logprobs().isPresent() && encoded.ids().length > 1;
    if (scored) {
      job.add(new WorkUnit.Scoring(job, prompt, encoded.ids(), request.logprobs().getAsInt()));
    } else if (request.echo()) {
      echo(prompt, List.of());
    }
    GenerationRequest first = model.generation(encoded, request, seed);
    for (int c = prompt * request.n(); c < (prompt + 1) * request.n(); c++) {
      if (request.maxTokens() == 0) {
        if (!scored) {
          choices.get(c).finishEmpty();
        }
      } else {
        job.add(new WorkUnit.Continuation(job, c, first.withChoice(c % request.n())));
      }
    }
  }

  private void echo(int prompt, List<TokenLogprobs> values) {
    for (int c = prompt * request.n(); c < (prompt + 1) * request.n(); c++) {
      choices.get(c).echo(prompts.get(prompt), values);
    }
  }

  CompletionRequest request() {
    return request;
  }

  Job job() {
    return job;
  }

  /** Takes in what the engine says. */
  void accept(EngineEvent event) {
    switch (event) {
      case EngineEvent.Tokens tokens -> choices.get(tokens.choice()).add(tokens);
      case EngineEvent.Scored(int prompt, List<TokenLogprobs> values) -> {
        echo(prompt, values);
        if (request.maxTokens() == 0) {
          for (int c = prompt * request.n(); c < (prompt + 1) * request.n(); c++) {
            choices.get(c).finishEmpty();
          }
        }
      }
    }
  }

  boolean finished() {
    return choices.stream().allMatch(Choice::finished);
  }

  private JsonObject.Builder head() {
    return JsonObject.builder()
        .put("id", id)
        .put("object", "text_completion")
        .put("created", created)
        .put("model", model.name());
  }

  /** The whole answer. */
  JsonObject whole() {
    return head()
        .put("choices", JsonArray.of(choices.stream().map(Choice::take).toList()))
        .put("usage", usage())
        .build();
  }

  /** The next part of a stream of each choice that has one. */
  List<JsonObject> parts() {
    List<JsonObject> parts = new ArrayList<>();
    for (Choice choice : choices) {
      if (choice.hasNews()) {
        parts.add(part(List.of(choice.take()), new JsonNull()));
      }
    }
    return parts;
  }

  /** The part of a stream that reports the usage. */
  JsonObject usagePart() {
    return part(List.of(), usage());
  }

  private JsonObject part(List<JsonObject> of, JsonValue usage) {
    JsonObject.Builder part = head().put("choices", JsonArray.of(of));
    return request.includeUsage() ? part.put("usage", usage).build() : part.build();
  }

  private JsonObject usage() {
    long promptTokens = prompts.stream().mapToLong(prompt -> prompt.ids().length).sum();
    long completionTokens = choices.stream().mapToLong(Choice::tokens).sum();
    long drafted = choices.stream().mapToLong(choice -> choice.drafts().drafted()).sum();
    long accepted = choices.stream().mapToLong(choice -> choice.drafts().accepted()).sum();
    return JsonObject.builder()
        .put("prompt_tokens", promptTokens)
        .put("completion_tokens", completionTokens)
        .put("total_tokens", promptTokens + completionTokens)
        .put("prompt_tokens_details", object("cached_tokens", 0))
        .put(
            "completion_tokens_details",
            JsonObject.builder()
                .put("accepted_prediction_tokens", accepted)
                .put("rejected_prediction_tokens", drafted - accepted)
                .build())
        .build();
  }

  private static JsonObject object(String name, long value) {
    return JsonObject.builder().put(name, new JsonInteger(value)).build();
  }
}
