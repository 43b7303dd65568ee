package dev.hadal.text;

import dev.hadal.template.Quoted;
import java.util.List;

/**
 * The special tokens that training and inference ask for by their meaning.
 *
 * @param bos begins a document
 * @param eos ends a document or an answer
 * @param pad fills up
 * @param fimHole fill-in-the-middle: where the middle is missing
 * @param fimBegin fill-in-the-middle: before the prefix
 * @param fimEnd fill-in-the-middle: after the suffix, before the middle
 */
public record SpecialTokens(
    String bos, String eos, String pad, String fimHole, String fimBegin, String fimEnd) {

  /** DeepSeek-V3's (DeepSeek-V3 repository, tokenizer.json). */
  public static SpecialTokens deepSeekV3() {
    return new SpecialTokens(
        "<｜begin▁of▁sentence｜>",
        "<｜end▁of▁sentence｜>",
        "<｜▁pad▁｜>",
        "<｜fim▁hole｜>",
        "<｜fim▁begin｜>",
        "<｜fim▁end｜>");
  }

  /** All of them, in the order in which a trainer gives them ids. */
  public List<String> all() {
    return List.of(bos, eos, pad, fimHole, fimBegin, fimEnd);
  }

  /**
   * The id of one of them.
   *
   * @throws TextException if the tokenizer has no such token
   */
  public static int id(Tokenizer tokenizer, String token) {
    return tokenizer
        .id(token)
        .orElseThrow(
            () ->
                new TextException(
                    "tokenizer: expected the token %s, found none".formatted(Quoted.text(token))));
  }
}
