package dev.hadal.serve;

/**
 * Where the engine's work units are: each continuation of each prompt is one, and so is each
 * scoring of a prompt.
 *
 * @param accepted all that were taken in
 * @param waiting not begun
 * @param running begun
 * @param finished came to their end
 * @param cancelled ended by the client, a deadline or the shutdown
 * @param failed ended by an error
 */
public record Ledger(
    long accepted, int waiting, int running, long finished, long cancelled, long failed) {
  /** Whether nothing was lost and nothing is there twice. */
  public boolean balanced() {
    return accepted == waiting + running + finished + cancelled + failed;
  }

  /** Whether there is nothing to do. */
  public boolean idle() {
    return waiting == 0 && running == 0;
  }
}
