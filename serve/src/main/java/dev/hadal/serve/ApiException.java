package dev.hadal.serve;

import dev.hadal.format.Json;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request that is answered with an error. Its text goes to the client: it names fields, values of
 * this request and limits, and nothing of the server's inside.
 */
final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final @Nullable String param;
  private final String code;

  /**
   * An error.
   *
   * @param type OpenAI's kind of error
   * @param param the field, if it is about one
   * @param code for programs
   */
  ApiException(int status, String type, @Nullable String param, String code, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  /** 400. */
  static ApiException invalid(@Nullable String param, String code, String message) {
    return new ApiException(400, "invalid_request_error", param, code, message);
  }

  /** Another status below 500. */
  static ApiException refused(int status, String code, String message) {
    return new ApiException(status, "invalid_request_error", null, code, message);
  }

  static ApiException queueFull(int capacity) {
    return new ApiException(
        429,
        "rate_limit_error",
        null,
        "queue_full",
        "The server is busy and %d requests wait already. Try again later.".formatted(capacity));
  }

  static ApiException overloaded() {
    return new ApiException(
        503, "server_error", null, "overloaded", "The server is busy. Try again later.");
  }

  static ApiException shuttingDown() {
    return new ApiException(
        503, "server_error", null, "shutting_down", "The server is shutting down.");
  }

  static ApiException expired(long seconds) {
    return new ApiException(
        503,
        "server_error",
        null,
        "deadline_exceeded",
        "The request took longer than %d seconds and was cancelled.".formatted(seconds));
  }

  static ApiException tooSlow() {
    return new ApiException(
        503,
        "server_error",
        null,
        "client_too_slow",
        "The answer was not read as fast as it came, and the request was cancelled.");
  }

  static ApiException internal() {
    return new ApiException(
        500,
        "server_error",
        null,
        "internal_error",
        "The server failed on this request. The reason is in the server's log.");
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  @Nullable String param() {
    return param;
  }

  /** Whether a later attempt may succeed. */
  boolean retry() {
    return status == 429 || status == 503;
  }

  JsonObject json() {
    JsonObject error =
        JsonObject.builder()
            .put("message", Objects.requireNonNull(getMessage()))
            .put("type", type)
            .put("param", param == null ? new JsonNull() : new JsonString(param))
            .put("code", code)
            .build();
    return JsonObject.builder().put("error", error).build();
  }

  byte[] body() {
    return Json.compact(json()).getBytes(StandardCharsets.UTF_8);
  }
}
