package dev.hadal.serve;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;

/** Ways to answer. */
final class HttpReply {
  private static final String RETRY_SECONDS = "1";

  private HttpReply() {}

  static void json(ServerRequest request, ServerResponse response, JsonObject body) {
    bytes(
        request, response, "application/json", Json.compact(body).getBytes(StandardCharsets.UTF_8));
  }

  static void bytes(ServerRequest request, ServerResponse response, String type, byte[] body) {
    response.header(HeaderNames.CONTENT_TYPE, type);
    response.header(HeaderNames.CACHE_CONTROL, "no-store");
    response.header(HeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff");
    if (request.prologue().method().equals(Method.HEAD)) {
      response.header(HeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
      response.send();
    } else {
      response.send(body);
    }
  }

  /**
   * An error.
   *
   * @param last whether the connection ends with it, because what follows on it cannot be trusted
   */
  static void error(
      ServerRequest request, ServerResponse response, ApiException error, boolean last) {
    response.status(Status.create(error.status()));
    if (error.retry()) {
      response.header(HeaderNames.RETRY_AFTER, RETRY_SECONDS);
    }
    if (error.status() == 401) {
      response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (last) {
      response.header(HeaderNames.CONNECTION, "close");
    }
    bytes(request, response, "application/json", error.body());
    if (last) {
      throw new CloseConnectionException("answered " + error.status());
    }
  }
}
