package dev.hadal.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.JsonObject;
import dev.hadal.generate.GenerationRequest;
import dev.hadal.generate.SamplingOptions;
import dev.hadal.model.LatentCachePool;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many requests together: places, queues, cancellation, shutdown, and that nothing is lost. */
@Timeout(60)
class EngineLoopTest {
  private static final String LONG =
      "{\"prompt\": \"the cat\", \"max_tokens\": %d, \"seed\": %d%s}";

  private static ServeOptions options(int sequences, int queue) {
    return new ServeOptions("127.0.0.1", 0, TestServer.NAME, sequences, queue, 4000, 1 << 24);
  }

  @Test
  void everyAnswerIsThatOfTheRequestAlone() throws InterruptedException, ExecutionException {
    try (TestServer server = TestServer.start(options(5, 100), Limits.STANDARD);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<String>> calls = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        String body = LONG.formatted(10 + 5 * i, i, "");
        expected.add(server.text(body));
        calls.add(() -> server.text(body));
      }
      List<Future<String>> texts = clients.invokeAll(calls);
      for (int i = 0; i < 24; i++) {
        assertThat(texts.get(i).get()).isEqualTo(expected.get(i));
      }
      assertThat(server.idle().finished()).isEqualTo(48);
    }
  }

  @Test
  void aFullQueueRefuses() throws InterruptedException {
    try (TestServer server = TestServer.start(options(1, 2), Limits.STANDARD);
        RawClient running = new RawClient(server);
        RawClient second = new RawClient(server);
        RawClient third = new RawClient(server)) {
      running.send(RawClient.post(LONG.formatted(3900, 1, ", \"stream\": true")));
      running.until("data: ");
      second.send(RawClient.post(LONG.formatted(3900, 2, "")));
      third.send(RawClient.post(LONG.formatted(3900, 3, "")));
      while (server.server.ledger().waiting() < 2) {
        Thread.sleep(5);
      }
      HttpResponse<String> refused = server.send(server.post(LONG.formatted(5, 4, "")).build());
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("Retry-After")).contains("1");
      JsonObject error = BadRequestTest.error(refused);
      assertThat(error.getString("code")).isEqualTo("queue_full");
      assertThat(server.server.ledger().accepted()).isEqualTo(3);
      second.reset();
      third.reset();
      running.reset();
      Ledger ledger = server.idle();
      assertThat(ledger.cancelled()).isEqualTo(3);
      assertThat(server.complete(LONG.formatted(5, 4, "")).has("usage")).isTrue();
    }
  }

  /** With and without a stream, by a reset and by a plain close. */
  @Test
  void aClientWhoLeavesIsNoticedAtOnce() throws InterruptedException {
    try (TestServer server = TestServer.start(options(4, 4), Limits.STANDARD)) {
      for (String stream : new String[] {"", ", \"stream\": true"}) {
        for (boolean reset : new boolean[] {true, false}) {
          RawClient client = new RawClient(server);
          client.send(RawClient.post(LONG.formatted(3900, 1, stream + ", \"n\": 3")));
          while (server.server.ledger().running() < 3) {
            Thread.sleep(5);
          }
          long cancelled = server.server.ledger().cancelled();
          long begin = System.nanoTime();
          if (reset) {
            client.reset();
          } else {
            client.close();
          }
          Ledger ledger = server.idle();
          assertThat(ledger.cancelled()).isEqualTo(cancelled + 3);
          assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
        }
      }
    }
  }

  @Test
  void aStormOfCancellationsLeavesNothingBehind() throws InterruptedException {
    Random random = new Random(5);
    try (TestServer server = TestServer.start(options(6, 1000), Limits.STANDARD)) {
      for (int round = 0; round < 30; round++) {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
          String extra =
              switch (random.nextInt(4)) {
                case 0 -> ", \"stream\": true";
                case 1 -> ", \"n\": 4, \"stream\": true";
                case 2 -> ", \"echo\": true, \"logprobs\": 2";
                default -> "";
              };
          RawClient client = new RawClient(server);
          client.send(RawClient.post(LONG.formatted(1 + random.nextInt(300), i, extra)));
          clients.add(client);
        }
        for (RawClient client : clients) {
          Thread.sleep(random.nextInt(4));
          client.reset();
        }
      }
      Ledger ledger = server.idle();
      assertThat(ledger.failed()).isZero();
      assertThat(ledger.cancelled()).isPositive();
      assertThat(server.text(LONG.formatted(20, 7, ""))).isNotNull();
    }
  }

  /** The socket's buffers fill first; only then does the output wait in the server. */
  @Test
  void aClientWhoDoesNotReadLosesItsRequest() throws InterruptedException {
    Limits limits = Limits.STANDARD.withOutputBytes(20_000);
    try (TestServer server = TestServer.start(options(8, 4), limits);
        RawClient client = new RawClient(server)) {
      client.receiveBuffer(4096);
      client.send(
          RawClient.post(
              LONG.formatted(3900, 1, ", \"stream\": true, \"n\": 8, \"logprobs\": 20")));
      while (server.server.ledger().accepted() == 0) {
        Thread.sleep(5);
      }
      Ledger ledger = server.idle();
      assertThat(ledger.cancelled()).isEqualTo(8);
      assertThat(server.text(LONG.formatted(20, 7, ""))).isNotNull();
    }
  }

  @Test
  void aRequestThatTakesTooLongIsEnded() throws InterruptedException {
    Limits.Deadlines s = TestServer.SHORT;
    Limits limits =
        Limits.STANDARD.withDeadlines(
            new Limits.Deadlines(
                s.idle(), s.header(), s.body(), Duration.ofMillis(200), s.keepAlive(), s.drain()));
    try (TestServer server = TestServer.start(options(1, 4), limits)) {
      HttpResponse<String> response = server.send(server.post(LONG.formatted(3990, 1, "")).build());
      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(BadRequestTest.error(response).getString("code")).isEqualTo("deadline_exceeded");
      assertThat(server.idle().cancelled()).isEqualTo(1);
    }
  }

  /** A stream that waits for its turn says so, or proxies would cut it. */
  @Test
  void aStreamIsNeverSilentForLong() throws InterruptedException {
    try (TestServer server =
            TestServer.start(options(1, 4), Limits.STANDARD.withDeadlines(TestServer.SHORT));
        RawClient running = new RawClient(server);
        RawClient second = new RawClient(server)) {
      running.send(RawClient.post(LONG.formatted(3990, 1, "")));
      while (server.server.ledger().running() == 0) {
        Thread.sleep(5);
      }
      second.send(RawClient.post(LONG.formatted(10, 2, ", \"stream\": true")));
      assertThat(second.until(": still working\n\n")).contains("HTTP/1.1 200 OK");
      running.reset();
      assertThat(second.until("data: [DONE]\n\n")).contains("\"finish_reason\":\"length\"");
      server.idle();
    }
  }

  /** Whatever breaks a step takes the requests of that step with it, and nothing else. */
  @Test
  void anEngineThatFailsGoesOn() throws InterruptedException, ExecutionException {
    try (TestServer server = TestServer.start(options(4, 4), Limits.STANDARD);
        RawClient streaming = new RawClient(server);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      streaming.send(RawClient.post(LONG.formatted(3990, 2, ", \"stream\": true")));
      streaming.until("data: ");
      Future<HttpResponse<String>> running =
          clients.submit(() -> server.send(server.post(LONG.formatted(3990, 1, "")).build()));
      while (server.server.ledger().running() < 2) {
        Thread.sleep(1);
      }
      Job broken = new Job(Limits.STANDARD);
      GenerationRequest request =
          new GenerationRequest(
              new int[] {5},
              SamplingOptions.greedy(10),
              0,
              Set.of(),
              true,
              List.of(),
              (_, _) -> {
                throw new IllegalStateException("broken on purpose");
              });
      broken.add(new WorkUnit.Continuation(broken, 0, request));
      server.server.engine().submit(broken);
      assertThat(running.get().statusCode()).isEqualTo(500);
      JsonObject error = BadRequestTest.error(running.get());
      assertThat(error.getString("code")).isEqualTo("internal_error");
      assertThat(running.get().body()).doesNotContain("purpose");
      assertThat(streaming.until("internal_error")).doesNotContain("[DONE]");
      Ledger ledger = server.idle();
      assertThat(ledger.failed()).isEqualTo(3);
      assertThat(server.text(LONG.formatted(20, 7, ""))).isNotNull();
    }
  }

  @Test
  void withoutAQueueMoreThanTheBatchIsRefusedForGood() {
    try (TestServer server = TestServer.start(options(2, 0), Limits.STANDARD)) {
      HttpResponse<String> response =
          server.send(server.post(LONG.formatted(5, 1, ", \"n\": 3")).build());
      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(BadRequestTest.error(response).getString("param")).isEqualTo("n");
      assertThat(server.complete(LONG.formatted(5, 1, ", \"n\": 2")).has("usage")).isTrue();
    }
  }

  /** More continuations than places, and less cache than they need together. */
  @Test
  void aSmallCacheMakesThemTakeTurns() throws InterruptedException {
    ServeOptions wide = options(16, 4);
    long page;
    try (TestServer server = TestServer.start(wide, Limits.STANDARD);
        LatentCachePool pool = server.model.model().newPool(1 << 20)) {
      page = pool.pageBytes();
      String body = LONG.formatted(150, 3, ", \"n\": 8");
      JsonObject all = server.complete(body);
      ServeOptions small = new ServeOptions("127.0.0.1", 0, TestServer.NAME, 6, 4, 4000, 7 * page);
      try (TestServer tight = TestServer.start(small, Limits.STANDARD)) {
        assertThat(tight.complete(body).getArray("choices")).isEqualTo(all.getArray("choices"));
        assertThat(tight.idle().finished()).isEqualTo(8);
      }
    }
  }

  @Test
  void closingLetsRunningRequestsEndAndRefusesNewOnes()
      throws InterruptedException, ExecutionException {
    TestServer server = TestServer.start(options(2, 4), Limits.STANDARD);
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
        RawClient open = new RawClient(server)) {
      open.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
      open.until("ok");
      Future<JsonObject> running =
          clients.submit(() -> server.complete(LONG.formatted(3000, 1, "")));
      while (server.server.ledger().running() == 0) {
        Thread.sleep(5);
      }
      Future<?> closing = clients.submit(server.server::close);
      while (!server.server.engine().draining()) {
        Thread.sleep(1);
      }
      open.send(RawClient.post(LONG.formatted(5, 1, "")));
      assertThat(open.until("}}")).contains("HTTP/1.1 503").contains("shutting_down");
      assertThat(running.get().getObject("usage").getInt("completion_tokens")).isEqualTo(3000);
      closing.get();
    } finally {
      server.close();
    }
  }

  @Test
  void whatIsNotDoneInTimeIsEndedWithAnError() throws InterruptedException, ExecutionException {
    Limits.Deadlines s = TestServer.SHORT;
    Limits limits =
        Limits.STANDARD.withDeadlines(
            new Limits.Deadlines(
                s.idle(), s.header(), s.body(), s.request(), s.keepAlive(), Duration.ofMillis(50)));
    TestServer server = TestServer.start(options(1, 4), limits);
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<HttpResponse<String>> running =
          clients.submit(() -> server.send(server.post(LONG.formatted(3990, 1, "")).build()));
      while (server.server.ledger().running() == 0) {
        Thread.sleep(5);
      }
      server.server.close();
      assertThat(running.get().statusCode()).isEqualTo(503);
      Ledger ledger = server.server.ledger();
      assertThat(ledger.balanced()).isTrue();
      assertThat(ledger.cancelled()).isEqualTo(1);
    } finally {
      server.close();
    }
  }
}
