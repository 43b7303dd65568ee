package dev.hadal.serve;

import dev.hadal.generate.BatchDecoder;
import dev.hadal.generate.DecodingSequence;
import dev.hadal.generate.FinishReason;
import dev.hadal.generate.GenerateException;
import dev.hadal.generate.StepResult;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCachePool;
import dev.hadal.model.ModelException;
import dev.hadal.text.Tokenizer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The engine: one platform thread owns the model, all requests meet here. Each turn it drops what
 * was cancelled, begins what has found a place, takes one step of the batch and hands the tokens
 * out. It never waits for a client.
 *
 * <p>A request that finds no place waits; requests that find no place to wait are refused. Every
 * unit of work is in exactly one place of the {@link Ledger}. An error of the engine fails the
 * requests that are running, is logged once, and the next requests find a fresh batch.
 */
final class EngineLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(EngineLoop.class.getName());

  /** Tokens that go through the model together: bounds how long a cancelled request works on. */
  private static final int STEP_ROWS = 256;

  /** The longest sleep: deadlines of waiting requests are looked at that often. */
  private static final long NAP_MILLIS = 1000;

  /** How long the step that is under way may take at the end. */
  private static final Duration LAST_STEP = Duration.ofSeconds(60);

  private final InferenceModel model;
  private final LatentCachePool pool;
  private final Supplier<BatchDecoder> decoders;
  private final int maxUnits;
  private final int queueCapacity;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition settled = lock.newCondition();
  private final Deque<Job> waiting = new ArrayDeque<>();
  private final List<WorkUnit> begun = new ArrayList<>();
  private final Map<WorkUnit.State, Long> counts = new EnumMap<>(WorkUnit.State.class);
  private long accepted;
  private boolean woken;
  private boolean draining;
  private boolean ending;
  private boolean stopped;

  // Only the engine's thread uses these.
  private final List<WorkUnit> running = new ArrayList<>();
  private BatchDecoder decoder;

  /**
   * An engine that runs until it is closed.
   *
   * @param pool the caches' memory; this engine's alone, and closed with it
   * @param maxUnits units that run together
   * @param queueCapacity jobs that may wait
   */
  EngineLoop(
      InferenceModel model,
      Tokenizer tokenizer,
      LatentCachePool pool,
      int contextLength,
      int maxUnits,
      int queueCapacity) {
    this.model = model;
    this.pool = pool;
    this.decoders = () -> new BatchDecoder(model, tokenizer, pool, contextLength);
    this.decoder = decoders.get();
    this.maxUnits = maxUnits;
    this.queueCapacity = queueCapacity;
    this.thread = Thread.ofPlatform().name("hadal-engine").daemon(true).unstarted(this::run);
    thread.start();
  }

  /**
   * Takes in a job.
   *
   * @throws ApiException if there is no place left or the engine is closing
   */
  void submit(Job job) {
    lock.lock();
    try {
      if (draining) {
        throw ApiException.shuttingDown();
      }
      if (queueCapacity == 0 && job.pending.size() > maxUnits) {
        throw ApiException.invalid(
            "n",
            "out_of_range",
            "n: this server has no queue and computes at most %d continuations together."
                .formatted(maxUnits));
      }
      boolean atOnce =
          waiting.isEmpty() && job.pending.size() <= maxUnits - count(WorkUnit.State.RUNNING);
      if (!atOnce && waiting.size() >= queueCapacity) {
        throw ApiException.queueFull(queueCapacity);
      }
      accepted += job.pending.size();
      counts.merge(WorkUnit.State.WAITING, (long) job.pending.size(), Long::sum);
      waiting.add(job);
      promote();
      woken = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Ends a job before its time. */
  void cancel(Job job, Job.End reason) {
    job.end(reason);
    lock.lock();
    try {
      woken = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Where everything is. */
  Ledger ledger() {
    lock.lock();
    try {
      return new Ledger(
          accepted,
          count(WorkUnit.State.WAITING),
          count(WorkUnit.State.RUNNING),
          total(WorkUnit.State.FINISHED),
          total(WorkUnit.State.CANCELLED),
          total(WorkUnit.State.FAILED));
    } finally {
      lock.unlock();
    }
  }

  /** Whether all pages of the cache are free. */
  boolean pagesFree() {
    return pool.available() == pool.capacity();
  }

  /** Whether new jobs are refused. */
  boolean draining() {
    lock.lock();
    try {
      return draining;
    } finally {
      lock.unlock();
    }
  }

  private int count(WorkUnit.State state) {
    return Math.toIntExact(total(state));
  }

  private long total(WorkUnit.State state) {
    return counts.getOrDefault(state, 0L);
  }

  private void move(WorkUnit unit, WorkUnit.State to) {
    counts.merge(unit.state, -1L, Long::sum);
    counts.merge(to, 1L, Long::sum);
    unit.state = to;
  }

  /** Gives free places to those who wait, in order. */
  private void promote() {
    while (!waiting.isEmpty() && count(WorkUnit.State.RUNNING) < maxUnits) {
      Job job = waiting.getFirst();
      WorkUnit unit = job.pending.element();
      if (unit instanceof WorkUnit.Continuation && job.scorings > 0) {
        return;
      }
      job.pending.remove();
      move(unit, WorkUnit.State.RUNNING);
      begun.add(unit);
      if (job.pending.isEmpty()) {
        waiting.removeFirst();
      }
    }
  }

  private void settle(WorkUnit unit, WorkUnit.State state) {
    lock.lock();
    try {
      move(unit, state);
      unit.job.scorings -= unit instanceof WorkUnit.Scoring ? 1 : 0;
      promote();
      settled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      while (await()) {
        try {
          turn();
        } catch (RuntimeException | Error e) {
          LOG.log(System.Logger.Level.ERROR, "The engine failed; its requests end with 500.", e);
          fail();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      fail();
      decoder.close();
    }
  }

  /** Sleeps until there is something to do; false at the end. */
  private boolean await() throws InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(NAP_MILLIS);
      while (!stopped && !woken && running.isEmpty() && begun.isEmpty() && left > 0) {
        left = changed.awaitNanos(left);
      }
      woken = false;
      return !stopped;
    } finally {
      lock.unlock();
    }
  }

  private void turn() {
    dropEnded();
    begin();
    score();
    if (running.isEmpty()) {
      // Gives the pages of the last finished sequences back.
      decoder.step(1);
      return;
    }
    for (StepResult result : decoder.step(STEP_ROWS)) {
      deliver(result);
    }
  }

  private void dropEnded() {
    long now = System.nanoTime();
    boolean shutdown = ending();
    for (WorkUnit unit : List.copyOf(running)) {
      unit.job.expire(now);
      if (shutdown) {
        unit.job.end(Job.End.SHUTDOWN);
      }
      Job.End end = unit.job.end();
      if (end != null) {
        leave(unit, end.state);
      }
    }
    lock.lock();
    try {
      for (Iterator<Job> jobs = waiting.iterator(); jobs.hasNext(); ) {
        Job job = jobs.next();
        job.expire(now);
        if (shutdown) {
          job.end(Job.End.SHUTDOWN);
        }
        Job.End end = job.end();
        if (end != null) {
          job.pending.forEach(unit -> move(unit, end.state));
          job.pending.clear();
          jobs.remove();
        }
      }
      promote();
      settled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean ending() {
    lock.lock();
    try {
      return ending;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a unit out of the batch. */
  private void leave(WorkUnit unit, WorkUnit.State state) {
    running.remove(unit);
    switch (unit) {
      case WorkUnit.Continuation continuation -> {
        DecodingSequence sequence = continuation.sequence;
        if (sequence != null) {
          decoder.cancel(sequence);
        }
      }
      case WorkUnit.Scoring scoring -> close(scoring);
    }
    settle(unit, state);
  }

  private static void close(WorkUnit.Scoring scoring) {
    PromptScoring progress = scoring.progress;
    if (progress != null) {
      progress.close();
      scoring.progress = null;
    }
  }

  private void begin() {
    List<WorkUnit> fresh;
    lock.lock();
    try {
      fresh = List.copyOf(begun);
      begun.clear();
    } finally {
      lock.unlock();
    }
    // All belong to the batch before any can fail, so that none is forgotten.
    running.addAll(fresh);
    for (WorkUnit unit : fresh) {
      try {
        switch (unit) {
          case WorkUnit.Continuation continuation ->
              continuation.sequence = decoder.add(continuation.request);
          case WorkUnit.Scoring scoring ->
              scoring.progress = new PromptScoring(model, scoring.ids, scoring.top);
        }
      } catch (GenerateException | ModelException e) {
        fail(unit, e);
      }
    }
  }

  /** Ends the request of one unit; the others go on. */
  private void fail(WorkUnit unit, @Nullable Exception reason) {
    LOG.log(System.Logger.Level.ERROR, "A request failed and ends with 500.", reason);
    unit.job.end(Job.End.FAILED);
    leave(unit, WorkUnit.State.FAILED);
  }

  /** Takes one part of the oldest scoring through the model. */
  private void score() {
    for (WorkUnit unit : running) {
      if (unit instanceof WorkUnit.Scoring scoring) {
        PromptScoring progress = Objects.requireNonNull(scoring.progress);
        if (progress.advance()) {
          unit.job.send(new EngineEvent.Scored(scoring.prompt, progress.values()));
          leave(unit, WorkUnit.State.FINISHED);
        }
        return;
      }
    }
  }

  private void deliver(StepResult result) {
    WorkUnit.Continuation unit = find(result.sequence());
    FinishReason finish = result.sequence().finishReason();
    if (finish == FinishReason.FAILED) {
      fail(unit, result.sequence().failure());
      return;
    }
    unit.job.send(
        new EngineEvent.Tokens(
            unit.choice,
            result.tokens(),
            finish,
            result.sequence().speculation(decoder.speculationGain())));
    if (finish != null) {
      leave(unit, WorkUnit.State.FINISHED);
    }
  }

  private WorkUnit.Continuation find(DecodingSequence sequence) {
    for (WorkUnit unit : running) {
      if (unit instanceof WorkUnit.Continuation one && one.sequence == sequence) {
        return one;
      }
    }
    throw new IllegalStateException("a sequence of no request");
  }

  /** Ends everything that is running. */
  private void fail() {
    lock.lock();
    try {
      running.addAll(begun);
      begun.clear();
    } finally {
      lock.unlock();
    }
    for (WorkUnit unit : List.copyOf(running)) {
      unit.job.end(Job.End.FAILED);
      running.remove(unit);
      if (unit instanceof WorkUnit.Scoring scoring) {
        close(scoring);
      }
      Job.End end = Objects.requireNonNull(unit.job.end());
      settle(unit, end.state);
    }
    decoder.close();
    decoder = decoders.get();
  }

  /**
   * Refuses new jobs and waits for the others; those that are not done in time are ended.
   *
   * @return whether all were done in time
   */
  boolean drain(Duration time) {
    lock.lock();
    try {
      draining = true;
      boolean done = awaitIdle(time);
      if (!done) {
        ending = true;
        woken = true;
        changed.signal();
        awaitIdle(LAST_STEP);
      }
      return done;
    } finally {
      lock.unlock();
    }
  }

  private boolean awaitIdle(Duration time) {
    long left = time.toNanos();
    try {
      while (count(WorkUnit.State.WAITING) + count(WorkUnit.State.RUNNING) > 0) {
        if (left <= 0) {
          return false;
        }
        left = settled.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends everything at once. */
  @Override
  public void close() {
    drain(Duration.ZERO);
    lock.lock();
    try {
      stopped = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    try {
      thread.join(LAST_STEP);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (!thread.isAlive()) {
      pool.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
