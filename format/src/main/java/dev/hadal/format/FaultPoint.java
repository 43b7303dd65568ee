package dev.hadal.format;

/**
 * Told when the checkpoint protocol reaches a named point, so that tests can stop the process
 * there. In production it is {@link #NONE}.
 *
 * <p>The points of a commit, in order: {@code file:NAME} (a file is on the disk), {@code
 * before-manifest}, {@code after-manifest}, {@code before-rename}, {@code between-renames} (only
 * where a checkpoint of the same step is replaced), {@code after-rename}, {@code before-delete-old}
 * and {@code after-delete-old} (once per deleted checkpoint).
 */
@FunctionalInterface
public interface FaultPoint {
  /** Does nothing anywhere. */
  FaultPoint NONE = _ -> {};

  /** The protocol has reached the point. May throw or end the process. */
  void reached(String point);
}
