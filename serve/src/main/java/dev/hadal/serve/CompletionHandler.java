package dev.hadal.serve;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** {@code POST /v1/completions}: from the body to the answer, whole or as server-sent events. */
final class CompletionHandler {
  /** Fields of the request that had no effect. */
  static final String IGNORED = "X-Hadal-Ignored";

  private final ServedModel model;
  private final EngineLoop engine;
  private final Limits limits;
  private final BodyReader bodies;
  private final ScheduledExecutorService clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * A handler.
   *
   * @param clock cuts connections whose client takes nothing any more
   */
  CompletionHandler(
      ServedModel model, EngineLoop engine, Limits limits, ScheduledExecutorService clock) {
    this.model = model;
    this.engine = engine;
    this.limits = limits;
    this.bodies = new BodyReader(limits);
    this.clock = clock;
  }

  void handle(ServerRequest request, ServerResponse response) throws InterruptedException {
    BodyReader.requireJson(request);
    if (engine.draining()) {
      throw ApiException.shuttingDown();
    }
    Completion completion =
        bodies.read(
            request,
            body ->
                new Completion(model, CompletionRequestParser.parse(body, limits), limits, random));
    CompletionRequest asked = completion.request();
    if (!asked.ignored().isEmpty()) {
      response.header(IGNORED, String.join(", ", asked.ignored()));
    }
    WatchedConnection connection = WatchedConnection.of(request);
    Job job = completion.job();
    job.whenSlow(connection::abort);
    ScheduledFuture<?> end = clock.schedule(connection::abort, lastMoment(), TimeUnit.SECONDS);
    try {
      if (!completion.finished()) {
        engine.submit(job);
        connection.whenGone(() -> engine.cancel(job, Job.End.GONE));
      }
      if (asked.stream()) {
        stream(completion, response);
      } else {
        while (!completion.finished()) {
          next(completion, limits.deadlines().request());
        }
        HttpReply.json(request, response, completion.whole());
      }
    } finally {
      end.cancel(false);
      engine.cancel(job, Job.End.GONE);
    }
  }

  private long lastMoment() {
    Duration all = limits.deadlines().request().plus(limits.deadlines().body());
    return all.toSeconds() + 1;
  }

  /** Takes in the next event; false if none came in time. */
  private static boolean next(Completion completion, Duration patience)
      throws InterruptedException {
    EngineEvent event = completion.job().events().poll(patience.toNanos());
    if (event != null) {
      completion.accept(event);
    }
    return event != null;
  }

  private void stream(Completion completion, ServerResponse response) throws InterruptedException {
    Duration silence = limits.deadlines().keepAlive();
    // As long as nothing is sent an error still has its own status.
    boolean news = completion.finished() || next(completion, silence);
    response.header(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    response.header(HeaderNames.CACHE_CONTROL, "no-store");
    response.header(HeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff");
    try (OutputStream out = response.outputStream()) {
      try {
        send(out, completion, news);
        while (!completion.finished()) {
          send(out, completion, next(completion, silence));
        }
        if (completion.request().includeUsage()) {
          event(out, Json.compact(completion.usagePart()));
        }
        event(out, "[DONE]");
      } catch (ApiException e) {
        event(out, Json.compact(e.json()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void send(OutputStream out, Completion completion, boolean news)
      throws IOException {
    if (!news) {
      write(out, ": still working\n\n");
    }
    for (JsonObject part : completion.parts()) {
      event(out, Json.compact(part));
    }
  }

  private static void event(OutputStream out, String data) throws IOException {
    write(out, "data: " + data + "\n\n");
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
