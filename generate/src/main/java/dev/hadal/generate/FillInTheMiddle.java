package dev.hadal.generate;

import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Prompts whose continuation is the missing middle of a text, in the order that the model was
 * trained with: prefix, suffix, middle (DeepSeek-V3 report §4.1).
 */
public final class FillInTheMiddle {
  private FillInTheMiddle() {}

  /**
   * {@code [bos] begin prefix hole suffix end}. Prefix and suffix are text: special tokens in them
   * are not recognised.
   *
   * @param bos the token that begins a document, if the model wants one
   * @throws dev.hadal.text.TextException if the tokenizer has not the three tokens
   */
  public static int[] prompt(Tokenizer tokenizer, String prefix, String suffix, OptionalInt bos) {
    SpecialTokens tokens = SpecialTokens.deepSeekV3();
    IntStream.Builder ids = IntStream.builder();
    bos.ifPresent(ids::add);
    ids.add(SpecialTokens.id(tokenizer, tokens.fimBegin()));
    add(tokenizer, prefix, ids);
    ids.add(SpecialTokens.id(tokenizer, tokens.fimHole()));
    add(tokenizer, suffix, ids);
    ids.add(SpecialTokens.id(tokenizer, tokens.fimEnd()));
    return ids.build().toArray();
  }

  private static void add(Tokenizer tokenizer, String text, IntStream.Builder ids) {
    for (int id : tokenizer.encodeOrdinary(text)) {
      ids.add(id);
    }
  }
}
