package dev.hadal.serve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A client that says exactly what it is told to. */
final class RawClient implements AutoCloseable {
  private final Socket socket;

  RawClient(TestServer server) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port());
      socket.setSoTimeout(20_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends text; a server that has closed the connection already is no error here. */
  RawClient send(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
    } catch (SocketException e) {
      // The answer, if there was one, is still to be read.
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** All that comes until the server closes the connection. */
  String rest() {
    StringBuilder all = new StringBuilder();
    byte[] part = new byte[8192];
    try {
      for (int n = socket.getInputStream().read(part);
          n >= 0;
          n = socket.getInputStream().read(part)) {
        all.append(new String(part, 0, n, StandardCharsets.ISO_8859_1));
      }
    } catch (SocketException e) {
      return all.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toString();
  }

  /** Reads until the text was seen. */
  String until(String end) {
    StringBuilder all = new StringBuilder();
    try {
      while (all.indexOf(end) < 0) {
        int b = socket.getInputStream().read();
        if (b < 0) {
          throw new AssertionError("closed after " + all);
        }
        all.append((char) b);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toString();
  }

  /** A request with a body of known length. */
  static String post(String body) {
    return "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + "Content-Length: %d\r\n\r\n%s".formatted(body.length(), body);
  }

  /** Cuts the connection at once. */
  void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void receiveBuffer(int bytes) {
    try {
      socket.setReceiveBufferSize(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
