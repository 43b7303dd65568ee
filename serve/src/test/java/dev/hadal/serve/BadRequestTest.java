package dev.hadal.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadRequestTest {
  /** Words, numbers and the punctuation of sentences: no path, no address, no class name. */
  private static final String SENTENCE =
      "(?:[A-Za-z_\"':;,-]+|-?[0-9]+(?:\\.[0-9]+)?(?:E[0-9]+)?"
          + "|application/json\"|UTF-8|binary64,|32-bit|1e999|-1e999|stream_options\\.include_usage:"
          + "|[a-z_]+\\[[0-9]+\\]:)"
          + "[.,:;]?";

  private final TestServer server = TestServer.start();

  @AfterAll
  void close() {
    server.close();
  }

  /** Checks the form that all errors have, and gives the inner object. */
  static JsonObject error(HttpResponse<String> response) {
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    JsonObject root = TestServer.parse(response.body());
    assertThat(root.names()).containsExactly("error");
    JsonObject error = root.getObject("error");
    assertThat(error.names()).containsExactly("message", "type", "param", "code");
    String message = error.getString("message");
    assertThat(message.length()).isBetween(10, 250);
    assertThat(message).endsWith(".");
    for (String word : message.replace("GET /v1/models", "GET").replaceAll("[()]", "").split(" ")) {
      assertThat(word).as(message).matches(SENTENCE);
    }
    assertThat(error.getString("type"))
        .isIn("invalid_request_error", "rate_limit_error", "server_error");
    return error;
  }

  @Test
  void everyBadBodyHasItsStatusAndCode() {
    List<BadRequests.Case> cases = BadRequests.all();
    assertThat(cases.size()).isGreaterThan(200);
    List<String> wrong = new ArrayList<>();
    for (BadRequests.Case one : cases) {
      HttpResponse<String> response = server.send(server.post(one.body()).build());
      JsonObject error = error(response);
      String found =
          "%d %s %s"
              .formatted(
                  response.statusCode(), error.getString("code"), error.getString("param", ""));
      String expected = "%d %s %s".formatted(one.status(), one.code(), one.param());
      if (!found.equals(expected)) {
        String body = one.body().length() > 80 ? one.body().substring(0, 80) : one.body();
        wrong.add(body + " -> " + found + ", expected " + expected);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(server.server.ledger().accepted()).isZero();
  }

  @Test
  void numbersAreInTheMessage() {
    String body =
        server.send(server.post("{\"prompt\": [5, 6, 7], \"max_tokens\": 398}").build()).body();
    assertThat(body)
        .contains(
            "This model's context is 400 tokens. 3 of the prompt and 398 of max_tokens are 401.");
  }

  @Test
  void bytesThatAreNotUtf8() {
    HttpRequest request =
        server
            .post("")
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    new byte[] {'{', '"', (byte) 0xC3, (byte) 0x28, '"', ':', '1', '}'}))
            .build();
    HttpResponse<String> response = server.send(request);
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(error(response).getString("code")).isEqualTo("invalid_json");
  }

  @Test
  void contentTypesOtherThanJson() {
    for (String type :
        new String[] {
          "text/plain",
          "application/x-www-form-urlencoded",
          "multipart/form-data; boundary=x",
          "application/jsonp",
          "text/json"
        }) {
      HttpRequest request =
          HttpRequest.newBuilder(server.uri("/v1/completions"))
              .header("Content-Type", type)
              .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"a\"}"))
              .build();
      HttpResponse<String> response = server.send(request);
      assertThat(response.statusCode()).as(type).isEqualTo(415);
      assertThat(error(response).getString("code")).isEqualTo("unsupported_media_type");
    }
    assertThat(
            server
                .send(
                    HttpRequest.newBuilder(server.uri("/v1/completions"))
                        .header("Content-Type", "Application/JSON; charset=utf-8")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"a\"}"))
                        .build())
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void unknownPathsAndMethods() {
    for (String path :
        new String[] {
          "/v1/chat/completions",
          "/v1",
          "/v1/",
          "/v1/models/",
          "/V1/completions",
          "/page.html",
          "/page.js/",
          "/..%2fetc/passwd",
          "/v1/completions/",
          "/favicon.ico"
        }) {
      HttpResponse<String> response = server.get(path);
      assertThat(response.statusCode()).as(path).isIn(404, 400);
      error(response);
    }
    String[][] methods = {
      {"GET", "/v1/completions"},
      {"PUT", "/v1/completions"},
      {"DELETE", "/v1/models"},
      {"OPTIONS", "/v1/completions"},
      {"TRACE", "/"},
      {"PATCH", "/health"},
      {"POST", "/"},
      {"POST", "/v1/models/tiny"}
    };
    for (String[] one : methods) {
      HttpRequest request =
          HttpRequest.newBuilder(server.uri(one[1]))
              .method(one[0], HttpRequest.BodyPublishers.noBody())
              .build();
      HttpResponse<String> response = server.send(request);
      assertThat(response.statusCode()).as(one[0] + one[1]).isEqualTo(405);
      assertThat(error(response).getString("code")).isEqualTo("method_not_allowed");
      assertThat(response.headers().firstValue("Allow"))
          .contains(one[1].contains("completions") ? "POST" : "GET, HEAD");
    }
    HttpResponse<String> head =
        server.send(
            HttpRequest.newBuilder(server.uri("/health"))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build());
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValue("Content-Length")).contains("15");
  }

  @Test
  void aModelWithoutTheTokensCannotFillIn() {
    try (TestServer plain = TestServer.withoutMiddle()) {
      HttpResponse<String> response =
          plain.send(plain.post("{\"prompt\": \"a\", \"suffix\": \"b\"}").build());
      assertThat(response.statusCode()).isEqualTo(400);
      JsonObject error = error(response);
      assertThat(error.getString("param")).isEqualTo("suffix");
      assertThat(error.getString("code")).isEqualTo("unsupported_value");
    }
  }
}
