package dev.hadal.serve;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What every request must pass before it is looked at: it says in one way only how long it is, it
 * was meant for this server, and it shows the key. The Host header is checked because a web page
 * can make a browser send requests to this machine under a name of its own (DNS rebinding).
 *
 * @param loopback whether only programs of this machine can connect
 * @param host the address that was bound
 */
record RequestGuard(boolean loopback, String host, Optional<ApiKey> key) {
  private static final Set<String> OWN_NAMES = Set.of("localhost", "127.0.0.1", "::1");

  /** Refuses a request whose end two readers may see at different places (request smuggling). */
  void requireFraming(ServerRequest request) {
    ServerRequestHeaders headers = request.headers();
    List<String> lengths = all(headers, HeaderNames.CONTENT_LENGTH);
    List<String> encodings = all(headers, HeaderNames.TRANSFER_ENCODING);
    boolean lengthOk =
        lengths.isEmpty() || (lengths.size() == 1 && lengths.getFirst().matches("[0-9]{1,18}"));
    boolean encodingOk =
        encodings.isEmpty()
            || (encodings.size() == 1
                && encodings.getFirst().toLowerCase(Locale.ROOT).equals("chunked"));
    if (!lengthOk || !encodingOk || !(lengths.isEmpty() || encodings.isEmpty())) {
      throw ApiException.refused(
          400,
          "invalid_framing",
          "Expected one Content-Length of digits or \"Transfer-Encoding: chunked\", not both.");
    }
    if (all(headers, HeaderNames.HOST).size() != 1) {
      throw ApiException.refused(400, "invalid_host", "Expected exactly one Host header.");
    }
  }

  private static List<String> all(ServerRequestHeaders headers, HeaderName name) {
    return headers.all(name, List::of);
  }

  /** Refuses a request under a name that is not this server's. */
  void requireHost(ServerRequest request) {
    String name = hostName(request.headers().get(HeaderNames.HOST).get());
    if (loopback && !OWN_NAMES.contains(name) && !name.equals(hostName(host))) {
      throw ApiException.refused(
          403,
          "host_not_allowed",
          "The Host header is not a name of this server; use localhost or 127.0.0.1.");
    }
  }

  /** The name without brackets and port, in small letters. */
  private static String hostName(String value) {
    String text = value.strip().toLowerCase(Locale.ROOT);
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      return end < 0 ? text : text.substring(1, end);
    }
    int colon = text.indexOf(':');
    return colon >= 0 && colon == text.lastIndexOf(':') ? text.substring(0, colon) : text;
  }

  /** Refuses a request without the key; a missing and a wrong one look the same. */
  void requireKey(ServerRequest request) {
    if (key.isEmpty()) {
      return;
    }
    List<String> shown = all(request.headers(), HeaderNames.AUTHORIZATION);
    boolean right =
        shown.size() == 1
            && shown.getFirst().regionMatches(true, 0, "Bearer ", 0, 7)
            && key.get().matches(shown.getFirst().substring(7).strip());
    if (!right) {
      throw ApiException.refused(
          401,
          "invalid_api_key",
          "This server wants its API key in the header \"Authorization: Bearer KEY\".");
    }
  }
}
