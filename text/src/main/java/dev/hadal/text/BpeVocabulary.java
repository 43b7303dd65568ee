package dev.hadal.text;

import java.util.List;

/**
 * What a byte-level BPE learned.
 *
 * @param tokens the tokens, index = id, each spelled in the byte-level alphabet (an entry with a
 *     character outside of it, such as {@code <｜User｜>}, stands for its own UTF-8)
 * @param merges the pairs that become one token, the first to be merged first
 */
public record BpeVocabulary(List<String> tokens, List<Merge> merges) {

  /** Two tokens that, side by side, become the token spelled as both together. */
  public record Merge(String left, String right) {}

  /** Copies the lists. */
  public BpeVocabulary {
    tokens = List.copyOf(tokens);
    merges = List.copyOf(merges);
  }
}
