package dev.hadal.serve;

import dev.hadal.generate.GenerateException;
import dev.hadal.generate.ModelFolder;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCachePool;
import dev.hadal.model.ModelException;
import dev.hadal.text.Tokenizer;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The OpenAI-compatible server: completions of one model over HTTP/1.1, and a page to try them.
 * Closing it lets running requests end ({@link Limits.Deadlines#drain}) while new ones get 503. The
 * model stays the caller's and must not be used for anything else meanwhile.
 */
public final class CompletionServer implements AutoCloseable {
  private static final long PAGE_POSITIONS = 64;

  private final Limits limits;
  private final InetAddress address;
  private final EngineLoop engine;
  private final ScheduledExecutorService clock;
  private final WebServer web;
  private final AtomicBoolean closed = new AtomicBoolean();

  private CompletionServer(
      Limits limits,
      InetAddress address,
      EngineLoop engine,
      ScheduledExecutorService clock,
      WebServer web) {
    this.limits = limits;
    this.address = address;
    this.engine = engine;
    this.clock = clock;
    this.web = web;
  }

  /**
   * Starts a server.
   *
   * @throws ServeException if it cannot be: the address is not this machine's, is taken, or can be
   *     reached from outside while there is no key; the cache budget is too small; the model has no
   *     tokenizer
   */
  public static CompletionServer start(ModelFolder model, ServeOptions options) {
    return start(model, options, Limits.STANDARD);
  }

  static CompletionServer start(ModelFolder model, ServeOptions options, Limits limits) {
    InetAddress address = address(options);
    requireFree(address, options.port());
    Tokenizer tokenizer = tokenizer(model);
    InferenceModel inference = model.model();
    LatentCachePool pool = pool(inference, options.cacheBudgetBytes());
    long room = Math.min(Integer.MAX_VALUE, pool.capacity() * PAGE_POSITIONS);
    int context =
        Math.min(
            (int) Math.min(room, options.maxModelLen()),
            inference.config().maxPositionEmbeddings());
    EngineLoop engine =
        new EngineLoop(
            inference, tokenizer, pool, context, options.maxSequences(), options.queueCapacity());
    ScheduledExecutorService clock =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("hadal-clock").daemon(true).factory());
    ServedModel served =
        new ServedModel(model, options.modelName(), System.currentTimeMillis() / 1000, context);
    RequestGuard guard =
        new RequestGuard(address.isLoopbackAddress(), options.host(), options.apiKey());
    HttpFront front =
        new HttpFront(served, engine, guard, new CompletionHandler(served, engine, limits, clock));
    WebServer web = configure(address, options.port(), limits, front);
    try {
      web.start();
    } catch (RuntimeException e) {
      engine.close();
      clock.shutdownNow();
      throw taken(address, options.port(), e);
    }
    return new CompletionServer(limits, address, engine, clock, web);
  }

  private static InetAddress address(ServeOptions options) {
    InetAddress address;
    try {
      address = InetAddress.getByName(options.host());
    } catch (UnknownHostException e) {
      throw new ServeException(
          "host: expected an address of this machine, found %s".formatted(options.host()), e);
    }
    if (!address.isLoopbackAddress() && options.apiKey().isEmpty()) {
      throw new ServeException(
          "host: %s can be reached from other machines; give an API key or use 127.0.0.1"
              .formatted(options.host()));
    }
    return address;
  }

  /** Finds out early, before anything is started. */
  private static void requireFree(InetAddress address, int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(address, port));
    } catch (IOException e) {
      throw taken(address, port, e);
    }
  }

  private static ServeException taken(InetAddress address, int port, Exception cause) {
    return ServeException.temporary(
        "port: %s:%d cannot be used, another program may have it; end that one or choose another"
            .formatted(address.getHostAddress(), port),
        cause);
  }

  private static Tokenizer tokenizer(ModelFolder model) {
    try {
      return model.tokenizer();
    } catch (GenerateException e) {
      throw new ServeException(String.valueOf(e.getMessage()), e);
    }
  }

  private static LatentCachePool pool(InferenceModel model, long bytes) {
    try {
      return model.newPool(bytes);
    } catch (ModelException e) {
      throw new ServeException("cache budget: " + e.getMessage(), e);
    }
  }

  private static WebServer configure(
      InetAddress address, int port, Limits limits, HttpFront front) {
    Http1Config http =
        Http1Config.builder()
            .maxPrologueLength(limits.requestLineBytes())
            .maxHeadersSize(limits.headerBytes())
            .build();
    WatchedSelector selector =
        new WatchedSelector(
            Http1ConnectionSelector.builder().config(http).build(), limits.deadlines());
    WebServerConfig.Builder builder =
        WebServer.builder()
            .address(address)
            .port(port)
            .shutdownHook(false)
            .featuresDiscoverServices(false)
            .protocolsDiscoverServices(false)
            .connectionSelectors(java.util.List.of(selector))
            .maxPayloadSize(limits.bodyBytes())
            .maxTcpConnections(limits.connections())
            // Tokens are small: waiting to fill packets would make them come in jerks.
            .connectionOptions(socket -> socket.tcpNoDelay(true))
            .shutdownGracePeriod(Duration.ofSeconds(2))
            .idleConnectionTimeout(limits.deadlines().request().multipliedBy(2))
            .directHandlers(directHandlers(limits))
            .routing(routing -> routing.any(front::handle));
    return builder.build();
  }

  /** Errors that the web server finds before there is a request, in the form of all others. */
  private static DirectHandlers directHandlers(Limits limits) {
    DirectHandler handler =
        (request, type, status, headers, message) -> {
          ApiException error =
              switch (status.code()) {
                case 413 -> BodyReader.tooLarge(limits);
                case 431 ->
                    ApiException.refused(
                        431,
                        "headers_too_large",
                        "Expected headers of at most %d bytes.".formatted(limits.headerBytes()));
                case 500 -> ApiException.internal();
                default ->
                    ApiException.refused(
                        status.code(), "bad_request", "This is not a well-formed request.");
              };
          return DirectHandler.TransportResponse.builder()
              .status(status)
              .headers(headers)
              .header(HeaderNames.CONTENT_TYPE, "application/json")
              .keepAlive(false)
              .entity(error.body())
              .build();
        };
    DirectHandlers.Builder builder = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      builder.addHandler(type, handler);
    }
    return builder.build();
  }

  /** The port that was bound. */
  public int port() {
    return web.port();
  }

  /** Where to find the server, such as {@code http://127.0.0.1:8080}. */
  public String address() {
    String host = address.isAnyLocalAddress() ? "localhost" : address.getHostAddress();
    return "http://%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, port());
  }

  /** Where the work of the requests is. */
  public Ledger ledger() {
    return engine.ledger();
  }

  /** The engine, for tests. */
  EngineLoop engine() {
    return engine;
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    engine.drain(limits.deadlines().drain());
    web.stop();
    engine.close();
    clock.shutdownNow();
  }
}
