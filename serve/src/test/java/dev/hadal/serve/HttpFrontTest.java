package dev.hadal.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What happens below the requests: framing, hosts, keys, deadlines, sizes. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpFrontTest {
  private static final String HEAD =
      "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

  private final TestServer server =
      TestServer.start(TestServer.options(8, 64), Limits.STANDARD.withDeadlines(TestServer.SHORT));

  @AfterAll
  void close() {
    server.close();
  }

  private String exchange(String text) {
    try (RawClient client = new RawClient(server)) {
      return client.send(text).rest();
    }
  }

  private static int status(String answer) {
    return answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
  }

  @Test
  void aRequestThatTwoReadersMayCutDifferentlyIsRefused() {
    String second = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
    String chunk = "2\r\n{}\r\n0\r\n\r\n";
    List<String> attacks =
        List.of(
            HEAD + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + second,
            HEAD + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + chunk + second,
            HEAD + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" + second,
            HEAD + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + second,
            HEAD + "Content-Length: 2, 2\r\n\r\n{}" + second,
            HEAD + "Content-Length: -1\r\n\r\n{}" + second,
            HEAD + "Content-Length: +2\r\n\r\n{}" + second,
            HEAD + "Content-Length: 0x2\r\n\r\n{}" + second,
            HEAD + "Content-Length: 99999999999999999999\r\n\r\n{}" + second,
            HEAD + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk + second,
            HEAD + "Transfer-Encoding: chunked, chunked\r\n\r\n" + chunk + second,
            HEAD + "Transfer-Encoding: identity\r\n\r\n" + chunk + second,
            HEAD + "Transfer-Encoding: xchunked\r\n\r\n" + chunk + second,
            HEAD + "Transfer-Encoding : chunked\r\n\r\n" + chunk + second,
            HEAD + "Transfer-Encoding:\r\n chunked\r\n\r\n" + chunk + second,
            HEAD + "X: a\r\n folded\r\nContent-Length: 2\r\n\r\n{}" + second,
            HEAD + "X: a\0b\r\nContent-Length: 2\r\n\r\n{}" + second,
            HEAD + "Host: localhost\r\nContent-Length: 2\r\n\r\n{}" + second,
            HEAD + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n" + second,
            HEAD + "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n" + second,
            HEAD + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}" + second,
            HEAD.replace("\r\n", "\n") + "Content-Length: 2\n\n{}" + second,
            HEAD.replace("HTTP/1.1", "HTTP/0.9") + "\r\n" + second,
            HEAD.replace("HTTP/1.1", "HTTP/1.0") + "\r\n" + second,
            "\0\0\0\0\r\n\r\n" + second,
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + second,
            "GET\r\n\r\n" + second);
    List<String> wrong = new ArrayList<>();
    for (String attack : attacks) {
      String answer = exchange(attack);
      boolean one = answer.indexOf("HTTP/1.1", 1) < 0;
      if (!one || !List.of(0, 400, 501, 505).contains(status(answer))) {
        wrong.add(attack + "\n=>\n" + answer);
      }
      assertThat(answer).doesNotContain("owned_by").doesNotContain("io.helidon");
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void wellFormedRequestsOnOneConnectionAreAllAnswered() {
    String get = "GET /health HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n";
    String last = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    String body = "{\"prompt\": \"a\", \"max_tokens\": 1}";
    String answers = exchange(get + RawClient.post(body) + get.repeat(50) + last);
    assertThat(answers.split("HTTP/1.1 200", -1)).hasSize(54);
  }

  @Test
  void namesOfOtherServersAreRefused() {
    for (String host :
        new String[] {"evil.example", "localhost.evil.example", "192.168.0.1", "[::2]"}) {
      String answer =
          exchange("GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
      assertThat(status(answer)).as(host).isEqualTo(403);
      assertThat(answer).contains("host_not_allowed");
    }
    for (String host : new String[] {"localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8080"}) {
      String answer =
          exchange("GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
      assertThat(status(answer)).as(host).isEqualTo(200);
    }
  }

  @Test
  void sizesAreBounded() {
    String longLine = "GET /" + "a".repeat(10_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assertThat(status(exchange(longLine))).isIn(400, 414);
    String manyHeaders =
        "GET /health HTTP/1.1\r\nHost: localhost\r\n" + "A: b\r\n".repeat(20_000) + "\r\n";
    String answer = exchange(manyHeaders);
    assertThat(answer.isEmpty() ? 431 : status(answer)).isIn(400, 431);
    String big = HEAD + "Content-Length: 5000000\r\n\r\n";
    answer = exchange(big);
    assertThat(status(answer)).isEqualTo(413);
    assertThat(answer).contains("body_too_large");
    StringBuilder chunks = new StringBuilder(HEAD + "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 5; i++) {
      chunks.append("100000\r\n").append(" ".repeat(1 << 20)).append("\r\n");
    }
    answer = exchange(chunks.toString());
    // A server that has answered and closed may cut what it sent.
    assertThat(answer.isEmpty() ? 413 : status(answer)).isEqualTo(413);
  }

  @Test
  void slowClientsAreCutOff() {
    long begin = System.nanoTime();
    assertThat(exchange("")).isEmpty();
    assertThat(exchange("GET /health HTTP/1.1\r\nHost: loc")).isEmpty();
    String late = exchange(HEAD + "Content-Length: 10\r\n\r\n{\"");
    assertThat(status(late)).isEqualTo(408);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void aClientWhoSendsByteByByteDoesNotHoldOthersUp() throws InterruptedException {
    List<RawClient> slow = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      slow.add(new RawClient(server).send("POST /v1/comp"));
    }
    assertThat(server.text("{\"prompt\": \"a\"}")).isNotNull();
    slow.forEach(RawClient::close);
    server.idle();
  }

  @Test
  void continueIsSentWhenTheBodyIsWanted() {
    try (RawClient client = new RawClient(server)) {
      String body = "{\"prompt\": \"a\", \"max_tokens\": 1}";
      client.send(
          HEAD + "Expect: 100-continue\r\nContent-Length: %d\r\n\r\n".formatted(body.length()));
      client.until("HTTP/1.1 100 Continue\r\n\r\n");
      client.send(body);
      assertThat(client.until("\"usage\"")).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void everyRouteButTheOpenOnesWantsTheKey() {
    ServeOptions options = TestServer.options(2, 2).withApiKey(ApiKey.of("sk-0123456789"));
    try (TestServer locked = TestServer.start(options, Limits.STANDARD)) {
      for (String path : new String[] {"/health", "/", "/page.js", "/page.css"}) {
        assertThat(locked.get(path).statusCode()).isEqualTo(200);
      }
      HttpResponse<String> missing = locked.get("/v1/models");
      for (String path :
          new String[] {
            "/v1/models", "/models", "/v1/models/tiny", "/metrics", "/v1/completions"
          }) {
        for (String key :
            new String[] {"", "sk-", "sk-012345678", "sk-01234567890", "SK-0123456789"}) {
          HttpRequest request =
              HttpRequest.newBuilder(locked.uri(path))
                  .header("Authorization", "Bearer " + key)
                  .build();
          HttpResponse<String> response = locked.send(request);
          assertThat(response.statusCode()).isEqualTo(401);
          assertThat(response.body()).isEqualTo(missing.body());
          assertThat(response.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        }
      }
      assertThat(locked.send(locked.post("{\"prompt\": \"a\"}").build()).statusCode())
          .isEqualTo(401);
      assertThat(
              locked
                  .send(
                      locked
                          .post("{\"prompt\": \"a\"}")
                          .header("Authorization", "Bearer sk-0123456789")
                          .build())
                  .statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void whatCannotBeServedIsSaidAtTheStart() {
    ServeOptions taken =
        new ServeOptions(
            "127.0.0.1", server.server.port(), TestServer.NAME, 1, 1, TestServer.CONTEXT, 1 << 24);
    assertThatThrownBy(() -> CompletionServer.start(server.model, taken))
        .isInstanceOf(ServeException.class)
        .hasMessageContaining("port: 127.0.0.1:" + server.server.port())
        .matches(e -> ((ServeException) e).isTemporary());
    ServeOptions open =
        new ServeOptions("0.0.0.0", 0, TestServer.NAME, 1, 1, TestServer.CONTEXT, 1 << 24);
    assertThatThrownBy(() -> CompletionServer.start(server.model, open))
        .isInstanceOf(ServeException.class)
        .hasMessageContaining("API key")
        .matches(e -> !((ServeException) e).isTemporary());
    ServeOptions small =
        new ServeOptions("127.0.0.1", 0, TestServer.NAME, 1, 1, TestServer.CONTEXT, 10);
    assertThatThrownBy(() -> CompletionServer.start(server.model, small))
        .isInstanceOf(ServeException.class)
        .hasMessageContaining("cache budget");
    assertThatThrownBy(() -> ApiKey.of("two words")).isInstanceOf(ServeException.class);
  }

  @Test
  void theTableOfLimitsNamesThemAll() {
    assertThat(Limits.STANDARD.table()).contains("| request line | 8192 bytes | 400, closed |");
    assertThat(Limits.STANDARD.rows()).hasSize(21);
  }
}
