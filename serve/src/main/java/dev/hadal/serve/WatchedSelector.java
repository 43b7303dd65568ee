package dev.hadal.serve;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.util.Set;

/** Helidon's HTTP/1.1 over {@link WatchedConnection}s. */
record WatchedSelector(Http1ConnectionSelector http1, Limits.Deadlines deadlines)
    implements ServerConnectionSelector {
  @Override
  public int bytesToIdentifyConnection() {
    // The only protocol here: nothing is read before the deadlines hold.
    return 0;
  }

  @Override
  public Support supports(BufferData data) {
    return Support.SUPPORTED;
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http1.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    return new WatchedConnection(context, http1, deadlines);
  }
}
