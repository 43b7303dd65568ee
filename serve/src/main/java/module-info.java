/** The OpenAI-compatible server and its page. */
@org.jspecify.annotations.NullMarked
module dev.hadal.serve {
  requires static org.jspecify;
  requires transitive dev.hadal.generate;
  requires tools.jackson.core;
  requires io.helidon.webserver;
  requires io.helidon.webserver.sse;
  requires io.helidon.http;
  requires io.helidon.http.sse;

  exports dev.hadal.serve;
}
