package dev.hadal.serve;

/** What is to be continued, as the client gave it. */
sealed interface Prompt {
  /** Text; added tokens in it are recognised. */
  record Text(String text) implements Prompt {}

  /** Token ids, at least one; nothing is put before them. */
  record Tokens(int[] ids) implements Prompt {}
}
