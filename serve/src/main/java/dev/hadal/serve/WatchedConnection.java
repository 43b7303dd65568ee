package dev.hadal.serve;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One connection. Helidon reads a socket only while it wants something from it, and then without a
 * deadline. Here a thread of its own reads ahead, at most a few buffers, so that a client who goes
 * away is noticed while the answer is being made, and Helidon waits for that thread with a deadline
 * that depends on what it waits for: the next request, the rest of the headers, the body.
 */
final class WatchedConnection implements ServerConnection, InterruptableTask<Void> {
  private static final System.Logger LOG = System.getLogger(WatchedConnection.class.getName());
  private static final byte[] END = {};
  private static final int BUFFERS = 4;

  /** What is being waited for. */
  private enum Phase {
    IDLE,
    HEADERS,
    BODY
  }

  private final ConnectionContext context;
  private final Limits.Deadlines deadlines;
  private final ServerConnection http;

  /** What was read ahead; the end of the stream always finds a place. */
  private final BlockingQueue<byte[]> buffers = new LinkedBlockingQueue<>();

  private final Semaphore room = new Semaphore(BUFFERS);
  private final AtomicReference<@Nullable Runnable> onGone = new AtomicReference<>();
  private volatile boolean gone;
  private volatile Phase phase = Phase.IDLE;
  private volatile long deadline;

  WatchedConnection(
      ConnectionContext context, Http1ConnectionSelector http1, Limits.Deadlines deadlines) {
    this.context = context;
    this.deadlines = deadlines;
    this.http = http1.connection(new WatchedContext(context, this, DataReader.create(this::next)));
  }

  /** The connection that a request came over. */
  static WatchedConnection of(io.helidon.webserver.http.ServerRequest request) {
    if (request.remotePeer() instanceof WatchedContext.Peer peer) {
      return peer.connection();
    }
    throw new IllegalStateException("a request of another listener");
  }

  @Override
  public void handle(Limit limit) throws InterruptedException {
    Thread reader = Thread.ofVirtual().name("hadal-read").start(this::readAhead);
    try {
      http.handle(limit);
    } finally {
      reader.interrupt();
    }
  }

  private void readAhead() {
    DataReader source = context.dataReader();
    try {
      while (true) {
        room.acquire();
        source.ensureAvailable();
        buffers.add(source.readBytes(source.available()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // The stream has ended or the socket failed: in both cases nobody is there any more.
      gone = true;
      buffers.add(END);
      tellGone();
    }
  }

  /** What Helidon reads from; null is the end of the stream. */
  private byte @Nullable [] next() {
    try {
      long left = phase == Phase.IDLE ? deadlines.idle().toNanos() : deadline - System.nanoTime();
      byte[] data = buffers.poll(Math.max(0, left), TimeUnit.NANOSECONDS);
      if (data == null) {
        throw phase == Phase.BODY
            ? new LateBodyException()
            : new CloseConnectionException("the client was too slow");
      }
      if (data.length == 0) {
        buffers.add(END);
        return null;
      }
      room.release();
      if (phase == Phase.IDLE) {
        enter(Phase.HEADERS, deadlines.header());
      }
      return data;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CloseConnectionException("the server is closing", e);
    }
  }

  private void enter(Phase next, Duration time) {
    deadline = System.nanoTime() + time.toNanos();
    phase = next;
  }

  /** The headers are complete. */
  void headersDone() {
    enter(Phase.BODY, deadlines.body());
  }

  /** The answer is complete. */
  void requestDone() {
    onGone.set(null);
    phase = Phase.IDLE;
  }

  /** Runs the action once if the client goes away before the request is done. */
  void whenGone(Runnable action) {
    onGone.set(action);
    if (gone) {
      tellGone();
    }
  }

  private void tellGone() {
    Runnable action = onGone.getAndSet(null);
    if (action != null) {
      action.run();
    }
  }

  /** Cuts the connection, whatever waits for it. */
  void abort() {
    try {
      context.serverSocket().close();
    } catch (UncheckedIOException e) {
      LOG.log(System.Logger.Level.DEBUG, "The socket was closed already.", e);
    }
  }

  @Override
  public boolean canInterrupt() {
    return http instanceof InterruptableTask<?> task && task.canInterrupt();
  }

  @Override
  public Duration idleTime() {
    return http.idleTime();
  }

  @Override
  public void close(boolean interrupt) {
    http.close(interrupt);
  }

  /** The body did not come in time. */
  static final class LateBodyException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
