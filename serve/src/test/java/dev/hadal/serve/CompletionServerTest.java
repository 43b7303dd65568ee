package dev.hadal.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import dev.hadal.generate.Generation;
import dev.hadal.generate.SamplingOptions;
import dev.hadal.generate.Scorer;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompletionServerTest {
  private final TestServer server = TestServer.start();

  @AfterAll
  void close() {
    server.close();
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    server.idle();
  }

  private static JsonObject choice(JsonObject answer, int index) {
    return answer.getArray("choices").getObject(index);
  }

  @Test
  void aCompletionIsWhatTheModelGenerates() {
    JsonObject answer =
        server.complete(
            "{\"model\": \"tiny\", \"prompt\": \"the cat\", \"temperature\": 0, \"max_tokens\": 12}");
    int[] prompt = server.model.encodePrompt("the cat");
    assertThat(answer.getString("object")).isEqualTo("text_completion");
    assertThat(answer.getString("id")).matches("cmpl-[0-9a-f]{24}");
    assertThat(answer.getString("model")).isEqualTo("tiny");
    JsonObject usage = answer.getObject("usage");
    assertThat(usage.getInt("prompt_tokens")).isEqualTo(prompt.length);
    assertThat(usage.getInt("completion_tokens")).isEqualTo(12);
    assertThat(usage.getInt("total_tokens")).isEqualTo(prompt.length + 12);
    assertThat(usage.getObject("prompt_tokens_details").getInt("cached_tokens")).isZero();
    assertThat(usage.getObject("completion_tokens_details").getInt("accepted_prediction_tokens"))
        .isNotNegative();
    assertThat(choice(answer, 0).getString("finish_reason")).isEqualTo("length");
    assertThat(choice(answer, 0).members().get("logprobs")).hasToString("JsonNull[]");
  }

  @Test
  void theTextIsThatOfTheGeneratorForTheSameSeed() throws InterruptedException {
    String text =
        server.text(
            "{\"prompt\": \"the cat\", \"seed\": 7, \"temperature\": 0.9, \"max_tokens\": 60}");
    server.idle();
    // The engine sleeps, so the model may be used here.
    Generation expected =
        server
            .model
            .generator()
            .generate(server.model.encodePrompt("the cat"), SamplingOptions.sampled(0.9, 7, 60));
    assertThat(text).isEqualTo(expected.text());
  }

  @Test
  void sixteenTokensWhereNothingIsSaid() {
    JsonObject answer = server.complete("{\"prompt\": \"the\", \"max_tokens\": null}");
    assertThat(answer.getObject("usage").getInt("completion_tokens")).isEqualTo(16);
  }

  @Test
  void aStreamHasTheSameText() {
    for (int seed = 0; seed < 6; seed++) {
      String body =
          "{\"prompt\": \"the cat\", \"seed\": %d, \"temperature\": 1.3, \"max_tokens\": 80, \"n\": 2"
              .formatted(seed);
      JsonObject whole = server.complete(body + "}");
      HttpResponse<String> response =
          server.send(
              server
                  .post(body + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}")
                  .build());
      assertThat(response.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/event-stream");
      assertThat(response.body()).endsWith("\n\ndata: [DONE]\n\n");
      List<JsonObject> events = TestServer.events(response.body());
      StringBuilder[] texts = {new StringBuilder(), new StringBuilder()};
      int finished = 0;
      for (JsonObject event : events.subList(0, events.size() - 1)) {
        assertThat(event.has("usage")).isFalse();
        JsonArray choices = event.getArray("choices");
        for (int i = 0; i < choices.size(); i++) {
          JsonObject choice = choices.getObject(i);
          String text = choice.getString("text");
          texts[choice.getInt("index")].append(text);
          finished += choice.has("finish_reason") ? 1 : 0;
          assertThat(text.isEmpty() || !Character.isHighSurrogate(text.charAt(text.length() - 1)))
              .isTrue();
        }
      }
      assertThat(finished).isEqualTo(2);
      for (int c = 0; c < 2; c++) {
        assertThat(texts[c].toString()).isEqualTo(choice(whole, c).getString("text"));
      }
      JsonObject last = events.getLast();
      assertThat(last.getArray("choices").size()).isZero();
      assertThat(last.getObject("usage").getInt("completion_tokens")).isEqualTo(160);
    }
  }

  @Test
  void withoutOptionsAStreamHasNoUsage() {
    String body = server.send(server.post("{\"prompt\": \"a\", \"stream\": true}").build()).body();
    assertThat(body).doesNotContain("usage").contains("\"finish_reason\":\"length\"");
  }

  @Test
  void aStopTextEndsTheText() {
    String body = "{\"prompt\": \"the cat\", \"seed\": 3, \"max_tokens\": 90";
    String whole = server.text(body + "}");
    int at = 10;
    while (!whole.substring(at, at + 2).matches("[A-Za-z0-9 ,.]{2}") && at < whole.length() - 3) {
      at++;
    }
    String stop = whole.substring(at, at + 2);
    String quoted = dev.hadal.format.Json.compact(new dev.hadal.format.JsonString(stop));
    for (String form : List.of(quoted, "[\"never there\", " + quoted + "]")) {
      JsonObject answer = server.complete(body + ", \"stop\": " + form + "}");
      assertThat(choice(answer, 0).getString("text"))
          .isEqualTo(whole.substring(0, whole.indexOf(stop)));
      assertThat(choice(answer, 0).getString("finish_reason")).isEqualTo("stop");
      String stream =
          server
              .send(server.post(body + ", \"stream\": true, \"stop\": " + form + "}").build())
              .body();
      StringBuilder text = new StringBuilder();
      TestServer.events(stream).forEach(event -> text.append(choice(event, 0).getString("text")));
      assertThat(text.toString()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    }
  }

  @Test
  void promptsOfAllKindsAndChoicesInOrder() throws InterruptedException {
    int[] ids = server.model.encodePrompt("the mat");
    String array = java.util.Arrays.toString(ids);
    String rest = ", \"seed\": 5, \"max_tokens\": 20, \"n\": 2}";
    JsonObject one = server.complete("{\"prompt\": \"the mat\"" + rest);
    JsonObject many = server.complete("{\"prompt\": [\"a rat\", \"the mat\"]" + rest);
    JsonObject tokens = server.complete("{\"prompt\": " + array + rest);
    JsonObject both = server.complete("{\"prompt\": [" + array + ", " + array + "]" + rest);
    assertThat(many.getArray("choices").size()).isEqualTo(4);
    assertThat(both.getArray("choices").size()).isEqualTo(4);
    for (int c = 0; c < 2; c++) {
      String text = choice(one, c).getString("text");
      assertThat(choice(many, 2 + c).getString("text")).isEqualTo(text);
      assertThat(choice(tokens, c).getString("text")).isEqualTo(text);
      assertThat(choice(both, 2 + c).getString("text")).isEqualTo(text);
      assertThat(choice(many, 2 + c).getInt("index")).isEqualTo(2 + c);
    }
    assertThat(choice(one, 0).getString("text")).isNotEqualTo(choice(one, 1).getString("text"));
    assertThat(many.getObject("usage").getInt("completion_tokens")).isEqualTo(80);
  }

  @Test
  void echoPutsThePromptBeforeTheText() {
    String rest = "\"prompt\": \"the cat \\u00e9\", \"seed\": 5}";
    String plain = server.text("{" + rest);
    assertThat(server.text("{\"echo\": true, " + rest)).isEqualTo("the cat \u00e9" + plain);
    assertThat(server.text("{\"echo\": true, \"max_tokens\": 0, " + rest))
        .isEqualTo("the cat \u00e9");
  }

  @Test
  void logprobsAreThoseOfTheModel() throws InterruptedException {
    String body =
        "{\"prompt\": \"the cat\", \"temperature\": 0, \"max_tokens\": 8, \"logprobs\": 3, \"echo\": true}";
    JsonObject answer = server.complete(body);
    JsonObject logprobs = choice(answer, 0).getObject("logprobs");
    int[] prompt = server.model.encodePrompt("the cat");
    int all = prompt.length + 8;
    assertThat(logprobs.getArray("tokens").size()).isEqualTo(all);
    assertThat(logprobs.getArray("top_logprobs").size()).isEqualTo(all);
    assertThat(logprobs.getArray("text_offset").size()).isEqualTo(all);
    assertThat(logprobs.getArray("token_logprobs").elements().getFirst()).hasToString("JsonNull[]");
    server.idle();
    int[] ids =
        java.util.stream.IntStream.concat(
                java.util.Arrays.stream(prompt),
                java.util.Arrays.stream(
                    server.model.generator().generate(prompt, SamplingOptions.greedy(8)).ids()))
            .toArray();
    double[] expected = new Scorer(server.model.model()).logprobs(ids);
    for (int i = 1; i < all; i++) {
      assertThat(logprobs.getArray("token_logprobs").getDouble(i)).isEqualTo(expected[i - 1]);
      JsonObject top = logprobs.getArray("top_logprobs").getObject(i);
      assertThat(top.names()).contains(logprobs.getArray("tokens").getString(i));
      assertThat(top.members().size()).isBetween(3, 4);
    }
    assertThat(logprobs.getArray("text_offset").getInt(0)).isZero();
    assertThat(logprobs.getArray("text_offset").getInt(1)).isZero();
    assertThat(logprobs.getArray("text_offset").getInt(prompt.length)).isEqualTo(7);

    String stream =
        server
            .send(server.post(body.replace("{\"prompt", "{\"stream\": true, \"prompt")).build())
            .body();
    int streamed = 0;
    for (JsonObject event : TestServer.events(stream)) {
      streamed += choice(event, 0).getObject("logprobs").getArray("tokens").size();
    }
    assertThat(streamed).isEqualTo(all);
  }

  @Test
  void aPromptIsScoredWithoutAContinuation() {
    JsonObject answer =
        server.complete(
            "{\"prompt\": [\"the cat\", \"a hat\"], \"max_tokens\": 0, \"logprobs\": 0, \"echo\": true}");
    for (int c = 0; c < 2; c++) {
      assertThat(choice(answer, c).getString("finish_reason")).isEqualTo("length");
      assertThat(choice(answer, c).getObject("logprobs").getArray("tokens").size())
          .isGreaterThan(1);
    }
    assertThat(answer.getObject("usage").getInt("completion_tokens")).isZero();
  }

  @Test
  void theMiddleIsFilledIn() throws InterruptedException {
    JsonObject answer =
        server.complete(
            "{\"prompt\": \"the cat\", \"suffix\": \" mat\", \"temperature\": 0, \"max_tokens\": 9}");
    server.idle();
    int[] prompt =
        dev.hadal.generate.FillInTheMiddle.prompt(
            server.model.tokenizer(), "the cat", " mat", server.model.bos());
    assertThat(answer.getObject("usage").getInt("prompt_tokens")).isEqualTo(prompt.length);
    assertThat(choice(answer, 0).getString("text"))
        .isEqualTo(server.model.generator().generate(prompt, SamplingOptions.greedy(9)).text());
  }

  @Test
  void penaltiesAndBiasChangeTheDraws() {
    JsonObject biased =
        server.complete(
            "{\"prompt\": \"the\", \"temperature\": 0, \"max_tokens\": 3, \"logit_bias\": {\"70\": 100}}");
    assertThat(choice(biased, 0).getString("text"))
        .isEqualTo(server.model.tokenizer().decode(new int[] {70, 70, 70}));
    JsonObject penalised =
        server.complete(
            "{\"prompt\": \"the\", \"temperature\": 0, \"max_tokens\": 3, \"presence_penalty\": 2,"
                + " \"frequency_penalty\": 2, \"logit_bias\": {\"70\": 100, \"71\": 99}}");
    assertThat(choice(penalised, 0).getString("text"))
        .isIn(
            server.model.tokenizer().decode(new int[] {70, 71, 70}),
            server.model.tokenizer().decode(new int[] {71, 70, 71}));
    JsonObject once =
        server.complete(
            "{\"prompt\": \"the\", \"temperature\": 0, \"max_tokens\": 2,"
                + " \"repetition_penalty\": 2, \"logit_bias\": {\"60\": 100, \"61\": 99}}");
    assertThat(choice(once, 0).getString("text"))
        .isIn(
            server.model.tokenizer().decode(new int[] {60, 61}),
            server.model.tokenizer().decode(new int[] {61, 60}));
  }

  @Test
  void whatIsIgnoredIsReported() {
    HttpResponse<String> response =
        server.send(
            server
                .post(
                    "{\"prompt\": \"a\", \"user\": \"me\", \"frobnicate\": 1, \"unset\": null,"
                        + " \"b\\u00e4d\\r\\nX: y\": 1, \"stream\": false}")
                .build());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("X-Hadal-Ignored"))
        .contains("user, frobnicate, (unprintable)");
    assertThat(
            server
                .send(server.post("{\"prompt\": \"a\"}").build())
                .headers()
                .firstValue("X-Hadal-Ignored"))
        .isEmpty();
  }

  /** Java's client asks for HTTP/2 over clear text; with an unknown length the body is chunked. */
  @Test
  void theUpgradeThatJavaAsksForIsIgnored() {
    byte[] body = "{\"prompt\": \"the cat\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    HttpRequest request =
        HttpRequest.newBuilder(server.uri("/completions"))
            .version(java.net.http.HttpClient.Version.HTTP_2)
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofInputStream(
                    () -> new java.io.ByteArrayInputStream(body)))
            .build();
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> response = server.send(request);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_1_1);
    }
  }

  @Test
  void modelsAndHealth() {
    assertThat(server.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
    JsonObject models = TestServer.parse(server.get("/v1/models").body());
    assertThat(models.getArray("data").getObject(0).getString("id")).isEqualTo("tiny");
    JsonObject model = TestServer.parse(server.get("/v1/models/tiny").body());
    assertThat(model.getInt("max_model_len")).isEqualTo(TestServer.CONTEXT);
    HttpResponse<String> other = server.get("/v1/models/huge");
    assertThat(other.statusCode()).isEqualTo(404);
    assertThat(other.body()).contains("\"model_not_found\"");
  }

  @Test
  void thePageMayLoadNothingFromElsewhere() {
    for (String[] file :
        new String[][] {
          {"/", "text/html; charset=utf-8"},
          {"/page.js", "text/javascript; charset=utf-8"},
          {"/page.css", "text/css; charset=utf-8"}
        }) {
      HttpResponse<String> response = server.get(file[0]);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type")).contains(file[1]);
      assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
      assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
      assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
          .contains("default-src 'none'")
          .contains("frame-ancestors 'none'");
      assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
      assertThat(response.body()).doesNotContain("https://").doesNotContain("<script>");
    }
  }
}
