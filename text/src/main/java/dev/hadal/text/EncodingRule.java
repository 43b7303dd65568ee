package dev.hadal.text;

/** How a piece of text becomes tokens. */
public enum EncodingRule {
  /** Pairs merge, the pair learned first before all others. */
  MERGES,

  /**
   * A piece that is a token is that token, whatever the merges say ({@code ignore_merges} in {@code
   * tokenizer.json}); others merge.
   */
  WHOLE_PIECES_FIRST,

  /**
   * As tiktoken does it for Moonlight and Kimi-K2: whole pieces first, and before all else the text
   * is cut every 400,000 characters and, within these parts, after every 25,000 characters of a run
   * of white space or of anything else (Kimi-K2 repository, tokenization_kimi.py). A {@code
   * tokenizer.json} has no place for this and is written with whole pieces first.
   */
  TIKTOKEN
}
