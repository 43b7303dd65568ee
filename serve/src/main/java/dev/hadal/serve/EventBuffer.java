package dev.hadal.serve;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Events on their way from the engine, which never waits, to a request's thread, which may. */
final class EventBuffer {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<EngineEvent> events = new ArrayDeque<>();
  private final long limit;
  private long bytes;
  private @Nullable ApiException failure;

  EventBuffer(long limit) {
    this.limit = limit;
  }

  /** Adds an event; false if there is no room for it. */
  boolean offer(EngineEvent event) {
    lock.lock();
    try {
      if (failure != null) {
        return true;
      }
      if (bytes + event.bytes() > limit) {
        return false;
      }
      bytes += event.bytes();
      events.add(event);
      changed.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the stream; what was not taken is dropped. */
  void fail(ApiException reason) {
    lock.lock();
    try {
      if (failure == null) {
        failure = reason;
        events.clear();
        bytes = 0;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next event, or null if none came in time.
   *
   * @throws ApiException if the stream was ended
   */
  @Nullable EngineEvent poll(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (events.isEmpty() && failure == null) {
        if (left <= 0) {
          return null;
        }
        left = changed.awaitNanos(left);
      }
      if (failure != null) {
        throw failure;
      }
      EngineEvent event = events.remove();
      bytes -= event.bytes();
      return event;
    } finally {
      lock.unlock();
    }
  }
}
