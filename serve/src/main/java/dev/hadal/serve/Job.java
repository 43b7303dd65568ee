package dev.hadal.serve;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One request at the engine: its work units and the way back. */
final class Job {
  /** Why a job ended before its time, and what its units then count as. */
  enum End {
    GONE(WorkUnit.State.CANCELLED),
    SLOW(WorkUnit.State.CANCELLED),
    EXPIRED(WorkUnit.State.CANCELLED),
    SHUTDOWN(WorkUnit.State.CANCELLED),
    FAILED(WorkUnit.State.FAILED);

    final WorkUnit.State state;

    End(WorkUnit.State state) {
      this.state = state;
    }
  }

  private final EventBuffer events;
  private final Duration allowed;
  private final long deadline;
  private final AtomicReference<@Nullable End> end = new AtomicReference<>();

  private volatile Runnable whenSlow = () -> {};

  /** Units that have not begun, scorings first. The engine's lock guards it. */
  final Deque<WorkUnit> pending = new ArrayDeque<>();

  /** Scorings that have not ended: continuations wait for them. The engine's lock guards it. */
  int scorings;

  Job(Limits limits) {
    this.events = new EventBuffer(limits.outputBytes());
    this.allowed = limits.deadlines().request();
    this.deadline = System.nanoTime() + allowed.toNanos();
  }

  /** Adds a unit before the job is submitted. */
  void add(WorkUnit unit) {
    switch (unit) {
      case WorkUnit.Scoring _ -> {
        pending.addFirst(unit);
        scorings++;
      }
      case WorkUnit.Continuation _ -> pending.addLast(unit);
    }
  }

  /** Sets what happens to a client that does not keep up, before the job is submitted. */
  void whenSlow(Runnable action) {
    whenSlow = action;
  }

  EventBuffer events() {
    return events;
  }

  /** Why it ended before its time, or null. */
  @Nullable End end() {
    return end.get();
  }

  /** Ends it; the engine drops its units with the next step. The first reason counts. */
  void end(End reason) {
    if (end.compareAndSet(null, reason)) {
      events.fail(
          switch (reason) {
            case GONE, SLOW -> ApiException.tooSlow();
            case EXPIRED -> ApiException.expired(allowed.toSeconds());
            case SHUTDOWN -> ApiException.shuttingDown();
            case FAILED -> ApiException.internal();
          });
      if (reason == End.SLOW) {
        whenSlow.run();
      }
    }
  }

  /** Ends it if its time is over. */
  void expire(long now) {
    if (now - deadline >= 0) {
      end(End.EXPIRED);
    }
  }

  /** Sends an event; a client that does not keep up loses its request. */
  void send(EngineEvent event) {
    if (!events.offer(event)) {
      end(End.SLOW);
    }
  }
}
