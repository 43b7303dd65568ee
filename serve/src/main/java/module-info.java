/** The OpenAI-compatible server and its page. */
@org.jspecify.annotations.NullMarked
module dev.hadal.serve {
  requires static org.jspecify;
  requires transitive dev.hadal.generate;
  requires dev.hadal.format;
  requires tools.jackson.core;
  requires io.helidon.common.buffers;
  requires io.helidon.common.concurrency.limits;
  requires io.helidon.common.socket;
  requires io.helidon.common.task;
  requires io.helidon.common.uri;
  requires io.helidon.http;
  requires io.helidon.http.media;
  requires io.helidon.webserver;

  exports dev.hadal.serve;
}
