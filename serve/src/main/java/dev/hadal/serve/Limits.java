package dev.hadal.serve;

import java.time.Duration;
import java.util.List;

/**
 * What a client may ask of the server. {@link #rows} says what happens beyond each.
 *
 * @param requestLineBytes method, path and query
 * @param headerBytes all headers of a request
 * @param bodyBytes the body of a request
 * @param bodiesBytes the bodies that are being read, of all requests together
 * @param connections connections at a time
 * @param jsonDepth nesting of objects and arrays
 * @param jsonNameLength characters of a member's name
 * @param prompts prompts of a request
 * @param choices continuations of a prompt
 * @param sequences prompts times continuations
 * @param stops stop texts
 * @param stopBytes UTF-8 bytes of a stop text
 * @param logprobs the most probable tokens that are reported
 * @param biases entries of {@code logit_bias}
 * @param outputBytes what a request may have waiting for a slow client
 * @param deadlines how long things may take
 */
public record Limits(
    int requestLineBytes,
    int headerBytes,
    int bodyBytes,
    int bodiesBytes,
    int connections,
    int jsonDepth,
    int jsonNameLength,
    int prompts,
    int choices,
    int sequences,
    int stops,
    int stopBytes,
    int logprobs,
    int biases,
    int outputBytes,
    Deadlines deadlines) {

  /**
   * How long things may take.
   *
   * @param idle between two requests of a connection
   * @param header from the first byte of a request to the end of its headers
   * @param body from there to the end of the body
   * @param request from there to the end of the answer
   * @param keepAlive the longest silence of an event stream
   * @param drain what running requests get when the server closes
   */
  public record Deadlines(
      Duration idle,
      Duration header,
      Duration body,
      Duration request,
      Duration keepAlive,
      Duration drain) {
    /** What a server has unless a test says otherwise. */
    static final Deadlines STANDARD =
        new Deadlines(
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(30),
            Duration.ofSeconds(15),
            Duration.ofSeconds(30));
  }

  /** What a server has unless a test says otherwise. */
  public static final Limits STANDARD =
      new Limits(
          8 << 10,
          16 << 10,
          4 << 20,
          64 << 20,
          1024,
          32,
          256,
          128,
          8,
          256,
          16,
          256,
          20,
          1024,
          256 << 10,
          Deadlines.STANDARD);

  /** The same with other deadlines. */
  Limits withDeadlines(Deadlines other) {
    return new Limits(
        requestLineBytes,
        headerBytes,
        bodyBytes,
        bodiesBytes,
        connections,
        jsonDepth,
        jsonNameLength,
        prompts,
        choices,
        sequences,
        stops,
        stopBytes,
        logprobs,
        biases,
        outputBytes,
        other);
  }

  /** The same with another bound of waiting output. */
  Limits withOutputBytes(int other) {
    return new Limits(
        requestLineBytes,
        headerBytes,
        bodyBytes,
        bodiesBytes,
        connections,
        jsonDepth,
        jsonNameLength,
        prompts,
        choices,
        sequences,
        stops,
        stopBytes,
        logprobs,
        biases,
        other,
        deadlines);
  }

  /**
   * A line of the table of limits.
   *
   * @param what the thing that is bounded
   * @param limit the bound
   * @param unit its unit
   * @param beyond what happens beyond it
   */
  public record Row(String what, long limit, String unit, String beyond) {}

  /** All limits for people. */
  public List<Row> rows() {
    return List.of(
        new Row("request line", requestLineBytes, "bytes", "400, closed"),
        new Row("headers of a request", headerBytes, "bytes", "431, closed"),
        new Row("body of a request", bodyBytes, "bytes", "413, closed"),
        new Row("bodies being read together", bodiesBytes, "bytes", "503, Retry-After"),
        new Row("connections", connections, "", "wait to be accepted"),
        new Row("JSON depth", jsonDepth, "levels", "400"),
        new Row("JSON member name", jsonNameLength, "characters", "400"),
        new Row("prompts of a request", prompts, "", "400"),
        new Row("n", choices, "", "400"),
        new Row("prompts times n", sequences, "", "400"),
        new Row("stop texts", stops, "", "400"),
        new Row("a stop text", stopBytes, "bytes", "400"),
        new Row("logprobs", logprobs, "", "400"),
        new Row("logit_bias", biases, "entries", "400"),
        new Row("output that waits for the client", outputBytes, "bytes", "cancelled, closed"),
        new Row("silence between requests", deadlines.idle.toSeconds(), "s", "closed"),
        new Row("first byte to last header", deadlines.header.toSeconds(), "s", "closed"),
        new Row("body", deadlines.body.toSeconds(), "s", "408, closed"),
        new Row("queue and generation", deadlines.request.toSeconds(), "s", "503, cancelled"),
        new Row("silence of a stream", deadlines.keepAlive.toSeconds(), "s", "a comment is sent"),
        new Row(
            "running requests at shutdown", deadlines.drain.toSeconds(), "s", "503, cancelled"));
  }

  /** The table in Markdown. */
  public String table() {
    StringBuilder out = new StringBuilder("| what | limit | beyond it |\n|---|---|---|\n");
    for (Row row : rows()) {
      out.append("| %s | %d %s | %s |\n".formatted(row.what, row.limit, row.unit, row.beyond));
    }
    return out.toString().replace("  |", " |");
  }
}
