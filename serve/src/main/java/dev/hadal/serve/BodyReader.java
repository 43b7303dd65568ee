package dev.hadal.serve;

import io.helidon.http.HeaderNames;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Reads bodies within a budget that all requests share. */
final class BodyReader {
  private static final int PART = 16 << 10;

  /** JSON values and tokens take many times the memory of the text, and whole cores. */
  private static final int PARSED_TOGETHER = 4;

  private final Limits limits;
  private final Semaphore parts;
  private final Semaphore parsing = new Semaphore(PARSED_TOGETHER);

  BodyReader(Limits limits) {
    this.limits = limits;
    this.parts = new Semaphore(limits.bodiesBytes() / PART);
  }

  /** Refuses a body that is not plain JSON; also keeps forms of foreign web pages out. */
  static void requireJson(ServerRequest request) {
    String type =
        request
            .headers()
            .first(HeaderNames.CONTENT_TYPE)
            .orElse("")
            .split(";", 2)[0]
            .strip()
            .toLowerCase(Locale.ROOT);
    String encoding = request.headers().first(HeaderNames.CONTENT_ENCODING).orElse("identity");
    if (!type.equals("application/json") || !encoding.equalsIgnoreCase("identity")) {
      throw ApiException.refused(
          415,
          "unsupported_media_type",
          "Expected \"Content-Type: application/json\" and no Content-Encoding.");
    }
  }

  /**
   * Reads the body and makes something of it.
   *
   * @throws BrokenBodyException if the rest of the connection cannot be used
   */
  <T> T read(ServerRequest request, Function<byte[], T> parser) throws InterruptedException {
    AtomicInteger taken = new AtomicInteger();
    try {
      byte[] body = readAll(request, taken);
      if (!parsing.tryAcquire(limits.deadlines().body().toMillis(), TimeUnit.MILLISECONDS)) {
        throw ApiException.overloaded();
      }
      try {
        return parser.apply(body);
      } finally {
        parsing.release();
      }
    } finally {
      parts.release(taken.get());
    }
  }

  private byte[] readAll(ServerRequest request, AtomicInteger taken) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (InputStream in = request.content().inputStream()) {
      byte[] part = new byte[PART];
      for (int n = in.read(part); n >= 0; n = in.read(part)) {
        if (body.size() + n > limits.bodyBytes()) {
          throw new BrokenBodyException(tooLarge(limits));
        }
        body.write(part, 0, n);
        while (taken.get() * PART < body.size()) {
          if (!parts.tryAcquire()) {
            throw new BrokenBodyException(ApiException.overloaded());
          }
          taken.incrementAndGet();
        }
      }
      return body.toByteArray();
    } catch (WatchedConnection.LateBodyException e) {
      throw new BrokenBodyException(
          ApiException.refused(
              408,
              "body_too_slow",
              "The body did not come within %d seconds."
                  .formatted(limits.deadlines().body().toSeconds())));
    } catch (RequestException e) {
      boolean large = e.status().code() == Status.REQUEST_ENTITY_TOO_LARGE_413.code();
      throw new BrokenBodyException(large ? tooLarge(limits) : broken());
    } catch (BrokenBodyException | CloseConnectionException e) {
      throw e;
    } catch (RuntimeException | IOException e) {
      // Helidon's readers of chunks throw what their parts throw, a NumberFormatException too.
      throw new BrokenBodyException(broken());
    }
  }

  private static ApiException broken() {
    return ApiException.refused(
        400, "broken_body", "The body ended early or its chunks are not well-formed.");
  }

  static ApiException tooLarge(Limits limits) {
    return ApiException.refused(
        413,
        "body_too_large",
        "Expected a body of at most %d bytes.".formatted(limits.bodyBytes()));
  }

  /** An error after which what follows on the connection is not the beginning of a request. */
  static final class BrokenBodyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ApiException error;

    BrokenBodyException(ApiException error) {
      super(error);
      this.error = error;
    }

    ApiException error() {
      return error;
    }
  }
}
