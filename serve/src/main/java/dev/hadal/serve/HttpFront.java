package dev.hadal.serve;

import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All routes, and what holds for each of them. What is not listed does not exist; what is not
 * marked open wants the key.
 */
final class HttpFront {
  private static final System.Logger LOG = System.getLogger(HttpFront.class.getName());

  /** Answers a request. */
  private interface Action {
    void answer(ServerRequest request, ServerResponse response) throws InterruptedException;
  }

  /**
   * A route.
   *
   * @param path the whole path, or its beginning if it ends in a slash and is longer than one
   * @param open whether it needs no key: it says nothing that depends on model or requests
   */
  private record Route(String method, String path, boolean open, Action action) {
    boolean matches(String asked) {
      if (path.length() > 1 && path.endsWith("/")) {
        return asked.startsWith(path) && asked.length() > path.length();
      }
      return asked.equals(path);
    }
  }

  private final ServedModel model;
  private final EngineLoop engine;
  private final RequestGuard guard;
  private final List<Route> routes;

  HttpFront(
      ServedModel model, EngineLoop engine, RequestGuard guard, CompletionHandler completions) {
    this.model = model;
    this.engine = engine;
    this.guard = guard;
    this.routes =
        List.of(
            new Route("POST", "/v1/completions", false, completions::handle),
            new Route("POST", "/completions", false, completions::handle),
            new Route("GET", "/v1/models", false, this::models),
            new Route("GET", "/models", false, this::models),
            new Route("GET", "/v1/models/", false, this::model),
            new Route("GET", "/models/", false, this::model),
            new Route("GET", "/health", true, this::health),
            page("/", "page.html", "text/html; charset=utf-8"),
            page("/page.js", "page.js", "text/javascript; charset=utf-8"),
            page("/page.css", "page.css", "text/css; charset=utf-8"));
  }

  private static Route page(String path, String resource, String type) {
    PageFile file = PageFile.load(resource, type);
    return new Route("GET", path, true, file::send);
  }

  /** Answers any request. */
  void handle(ServerRequest request, ServerResponse response) {
    WatchedConnection connection = WatchedConnection.of(request);
    connection.headersDone();
    try {
      answer(request, response);
      closeIfAsked(request);
    } catch (ApiException e) {
      // A body that nobody has read ends with the connection.
      boolean unread = request.content().hasEntity() && !request.content().consumed();
      error(request, response, e, unread);
      closeIfAsked(request);
    } catch (BodyReader.BrokenBodyException e) {
      error(request, response, e.error(), true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CloseConnectionException("the server is closing", e);
    } catch (CloseConnectionException | UncheckedIOException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "A request failed and ends with 500.", e);
      error(request, response, ApiException.internal(), true);
    } finally {
      connection.requestDone();
    }
  }

  /** Helidon would wait for the next request all the same. */
  private static void closeIfAsked(ServerRequest request) {
    if (request.headers().contains(HeaderValues.CONNECTION_CLOSE)) {
      throw new CloseConnectionException("the client asked for it");
    }
  }

  private static void error(
      ServerRequest request, ServerResponse response, ApiException error, boolean last) {
    if (response.isSent()) {
      throw new CloseConnectionException("failed while answering", error);
    }
    HttpReply.error(request, response, error, last);
  }

  private void answer(ServerRequest request, ServerResponse response) throws InterruptedException {
    try {
      guard.requireFraming(request);
    } catch (ApiException e) {
      throw new BodyReader.BrokenBodyException(e);
    }
    guard.requireHost(request);
    String path = request.prologue().uriPath().path();
    String method = request.prologue().method().text();
    List<Route> there = routes.stream().filter(route -> route.matches(path)).toList();
    Route route = find(there, method);
    if (route == null || !route.open) {
      guard.requireKey(request);
    }
    if (route != null) {
      route.action.answer(request, response);
      return;
    }
    if (there.isEmpty()) {
      throw ApiException.refused(404, "unknown_route", "There is nothing at this path.");
    }
    String allowed = there.getFirst().method;
    response.header(HeaderNames.ALLOW, allowed.equals("GET") ? "GET, HEAD" : allowed);
    throw ApiException.refused(
        405, "method_not_allowed", "This path wants the method %s.".formatted(allowed));
  }

  private static @Nullable Route find(List<Route> routes, String method) {
    String wanted = method.equals(Method.HEAD.text()) ? Method.GET.text() : method;
    for (Route route : routes) {
      if (route.method.equals(wanted)) {
        return route;
      }
    }
    return null;
  }

  private void health(ServerRequest request, ServerResponse response) {
    if (engine.draining()) {
      throw ApiException.shuttingDown();
    }
    HttpReply.json(request, response, JsonObject.builder().put("status", "ok").build());
  }

  private void models(ServerRequest request, ServerResponse response) {
    HttpReply.json(
        request,
        response,
        JsonObject.builder()
            .put("object", "list")
            .put("data", JsonArray.of(List.of(card())))
            .build());
  }

  private void model(ServerRequest request, ServerResponse response) {
    String path = request.prologue().uriPath().path();
    model.requireName(path.substring(path.indexOf("models/") + 7));
    HttpReply.json(request, response, card());
  }

  private JsonObject card() {
    return JsonObject.builder()
        .put("id", model.name())
        .put("object", "model")
        .put("created", model.created())
        .put("owned_by", "hadal")
        .put("max_model_len", model.contextLength())
        .build();
  }
}
