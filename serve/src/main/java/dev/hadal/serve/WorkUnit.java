package dev.hadal.serve;

import dev.hadal.generate.DecodingSequence;
import dev.hadal.generate.GenerationRequest;
import org.jspecify.annotations.Nullable;

/** What the engine counts: one thing to do for a request. The engine's lock guards the state. */
abstract sealed class WorkUnit {
  /** Where a unit is. */
  enum State {
    WAITING,
    RUNNING,
    FINISHED,
    CANCELLED,
    FAILED
  }

  final Job job;
  State state = State.WAITING;

  private WorkUnit(Job job) {
    this.job = job;
  }

  /** One continuation. */
  static final class Continuation extends WorkUnit {
    final int choice;
    final GenerationRequest request;
    @Nullable DecodingSequence sequence;

    Continuation(Job job, int choice, GenerationRequest request) {
      super(job);
      this.choice = choice;
      this.request = request;
    }
  }

  /** How probable a prompt is. */
  static final class Scoring extends WorkUnit {
    final int prompt;
    final int[] ids;
    final int top;
    @Nullable PromptScoring progress;

    Scoring(Job job, int prompt, int[] ids, int top) {
      super(job);
      this.prompt = prompt;
      this.ids = ids;
      this.top = top;
    }
  }
}
