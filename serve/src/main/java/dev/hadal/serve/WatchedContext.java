package dev.hadal.serve;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import java.net.SocketAddress;
import java.security.Principal;
import java.security.cert.Certificate;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** A connection's context that reads through a {@link WatchedConnection} and leads back to it. */
record WatchedContext(ConnectionContext inner, WatchedConnection connection, DataReader dataReader)
    implements ConnectionContext {

  /** The client's address, and the connection. */
  record Peer(PeerInfo inner, WatchedConnection connection) implements PeerInfo {
    @Override
    public SocketAddress address() {
      return inner.address();
    }

    @Override
    public String host() {
      return inner.host();
    }

    @Override
    public int port() {
      return inner.port();
    }

    @Override
    public Optional<Principal> tlsPrincipal() {
      return inner.tlsPrincipal();
    }

    @Override
    public Optional<Certificate[]> tlsCertificates() {
      return inner.tlsCertificates();
    }
  }

  @Override
  public PeerInfo remotePeer() {
    return new Peer(inner.remotePeer(), connection);
  }

  @Override
  public PeerInfo localPeer() {
    return inner.localPeer();
  }

  @Override
  public boolean isSecure() {
    return inner.isSecure();
  }

  @Override
  public String socketId() {
    return inner.socketId();
  }

  @Override
  public String childSocketId() {
    return inner.childSocketId();
  }

  @Override
  public ListenerContext listenerContext() {
    return inner.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return inner.executor();
  }

  @Override
  public DataWriter dataWriter() {
    return inner.dataWriter();
  }

  @Override
  public Router router() {
    return inner.router();
  }

  @Override
  public HelidonSocket serverSocket() {
    return inner.serverSocket();
  }
}
