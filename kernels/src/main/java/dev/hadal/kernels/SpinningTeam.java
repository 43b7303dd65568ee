package dev.hadal.kernels;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A team of platform threads that wait for the next run by spinning for about a millisecond and
 * then parked for good. While runs follow each other closely one costs well under a microsecond,
 * and an idle team costs nothing. Whoever spins longer than a few microseconds yields in between,
 * so that on a busy machine the member it waits for may have its processor.
 *
 * <p>A run is published by writing the body and then a volatile round number. A worker that is
 * about to park says so in a volatile flag before it looks at the round a last time, and the caller
 * reads the flags after it has written the round; so one of the two sees the other, and no wake-up
 * is lost. The caller waits for the workers in the same way.
 */
public final class SpinningTeam implements ThreadTeam {
  private static final long SPIN_NANOS = 1_000_000;

  /** Where members have to share a processor, whoever spins keeps another from working. */
  private static final long CROWDED_SPIN_NANOS = 5_000;

  private static final int SPINS_BETWEEN_CLOCKS = 128;

  private final int size;
  private final long spinNanos;
  private final Worker[] workers;
  private final @Nullable Throwable[] failures;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicInteger pending = new AtomicInteger();
  private @Nullable Body body;
  private @Nullable Thread caller;
  private volatile int round;
  private volatile boolean callerParked;
  private volatile boolean closed;

  /**
   * Starts the threads.
   *
   * @param size members, the caller included; at least one
   */
  public SpinningTeam(int size) {
    if (size < 1) {
      throw new IllegalArgumentException("team: expected at least 1 member, found " + size);
    }
    this.size = size;
    boolean crowded = size > Runtime.getRuntime().availableProcessors();
    spinNanos = crowded ? CROWDED_SPIN_NANOS : SPIN_NANOS;
    failures = new Throwable[size];
    workers = new Worker[size - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].thread.start();
    }
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void run(Body next) {
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException("team: a run was started inside or beside another run");
    }
    try {
      if (closed) {
        throw new IllegalStateException("team: closed");
      }
      if (size == 1) {
        next.run(0);
        return;
      }
      body = next;
      caller = Thread.currentThread();
      pending.set(workers.length);
      nextRound();
      runAs(0, next);
      awaitWorkers();
      body = null;
      rethrow();
    } finally {
      busy.set(false);
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only whoever holds busy writes it
  private void nextRound() {
    round++;
    for (Worker worker : workers) {
      if (worker.parked) {
        LockSupport.unpark(worker.thread);
      }
    }
  }

  private void runAs(int member, Body next) {
    try {
      next.run(member);
    } catch (Throwable failure) {
      failures[member] = failure;
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // only speed depends on it
  private void awaitWorkers() {
    long deadline = 0;
    for (int spins = 1; pending.get() > 0; spins++) {
      Thread.onSpinWait();
      if (spins % SPINS_BETWEEN_CLOCKS == 0) {
        long now = System.nanoTime();
        if (deadline == 0) {
          deadline = now + spinNanos;
        } else if (now - deadline <= 0) {
          Thread.yield();
        } else {
          callerParked = true;
          while (pending.get() > 0) {
            LockSupport.park(this);
          }
          callerParked = false;
        }
      }
    }
  }

  private void rethrow() {
    Throwable first = null;
    for (int member = 0; member < size; member++) {
      Throwable failure = failures[member];
      failures[member] = null;
      first = first == null ? failure : first;
    }
    switch (first) {
      case null -> {}
      case RuntimeException failure -> throw failure;
      case Error failure -> throw failure;
      case Throwable failure -> throw new IllegalStateException(failure);
    }
  }

  @Override
  public void close() {
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException("team: closed during a run");
    }
    try {
      closed = true;
      nextRound();
    } finally {
      busy.set(false);
    }
    boolean interrupted = false;
    for (Worker worker : workers) {
      while (worker.thread.isAlive()) {
        try {
          worker.thread.join();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One thread beside the caller. */
  private final class Worker implements Runnable {
    private final int member;
    private final Thread thread;
    private volatile boolean parked;

    Worker(int member) {
      this.member = member;
      thread = Thread.ofPlatform().daemon().name("hadal-team-" + member).unstarted(this);
    }

    @Override
    public void run() {
      int seen = 0;
      while (true) {
        awaitRound(seen);
        seen++;
        if (closed) {
          return;
        }
        Body next = body;
        if (next != null) {
          runAs(member, next);
        }
        Thread waiting = caller;
        if (pending.decrementAndGet() == 0 && callerParked) {
          LockSupport.unpark(waiting);
        }
      }
    }

    @SuppressWarnings("ThreadPriorityCheck") // only speed depends on it
    private void awaitRound(int seen) {
      long deadline = 0;
      for (int spins = 1; round == seen; spins++) {
        Thread.onSpinWait();
        if (spins % SPINS_BETWEEN_CLOCKS == 0) {
          long now = System.nanoTime();
          if (deadline == 0) {
            deadline = now + spinNanos;
          } else if (now - deadline <= 0) {
            Thread.yield();
          } else {
            parked = true;
            while (round == seen) {
              LockSupport.park(SpinningTeam.this);
            }
            parked = false;
          }
        }
      }
    }
  }
}
