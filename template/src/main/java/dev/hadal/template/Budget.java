package dev.hadal.template;

import java.time.Duration;

/** What one rendering may still use. Whoever is about to do work or take memory asks first. */
final class Budget {
  private static final int STEPS_BETWEEN_LOOKS = 1024;

  private static final int TEXT_BYTES = 64;
  private static final int ITEM_BYTES = 16;
  private static final int SCOPE_BYTES = 256;

  /** A long search costs a step for so many characters. */
  private static final int CHARACTERS_PER_STEP = 64;

  private final TemplateLimits limits;
  private final long end;
  private long steps;
  private long nextLook = STEPS_BETWEEN_LOOKS;
  private long bytes;
  private long output;
  private int depth;

  Budget(TemplateLimits limits) {
    this.limits = limits;
    Duration most = Duration.ofDays(1);
    Duration time = limits.time().compareTo(most) < 0 ? limits.time() : most;
    this.end = System.nanoTime() + time.toNanos();
  }

  void step() {
    steps(1);
  }

  void steps(long count) {
    steps += count;
    if (steps > limits.steps()) {
      throw Failure.limit("steps", limits.steps());
    }
    if (steps >= nextLook) {
      nextLook = steps + STEPS_BETWEEN_LOOKS;
      if (System.nanoTime() - end > 0) {
        throw Failure.limit("milliseconds", limits.time().toMillis());
      }
    }
  }

  /** Before so many characters are looked at. */
  void read(long characters) {
    steps(1 + characters / CHARACTERS_PER_STEP);
  }

  /** Before so many characters are put to a text that is being made. */
  void characters(long count) {
    read(count);
    memory(2 * count);
  }

  /** Before a text of so many characters is made. */
  void text(long characters) {
    characters(characters);
    memory(TEXT_BYTES);
  }

  /** Before a list or a dictionary of so many elements is made. */
  void items(long count) {
    steps(1 + count);
    memory(TEXT_BYTES + ITEM_BYTES * count);
  }

  /** Before a scope for variables is made. */
  void scope() {
    memory(SCOPE_BYTES);
  }

  /** Before so many characters are written. */
  void output(long characters) {
    output += characters;
    if (output > limits.outputCharacters()) {
      throw Failure.limit("characters of output", limits.outputCharacters());
    }
  }

  /** One level deeper. Only where an exception ends the rendering may the way back be missing. */
  void enter() {
    step();
    if (++depth > limits.depth()) {
      throw Failure.limit("levels of nesting", limits.depth());
    }
  }

  void leave() {
    depth--;
  }

  private void memory(long more) {
    bytes += more;
    if (bytes > limits.memoryBytes()) {
      throw Failure.limit("bytes of memory", limits.memoryBytes());
    }
  }
}
