package dev.hadal.text;

/**
 * Decodes tokens as they come. A character whose bytes are spread over several tokens appears with
 * the last of them; what {@link #accept} gave, joined, followed by {@link #finish}, is what {@link
 * Tokenizer#decode(int[], boolean)} makes of all ids together. Not safe for use by several threads.
 */
public final class StreamingDecoder {
  private final Tokenizer tokenizer;
  private final boolean skipSpecial;
  private final Utf8Decoder decoder = new Utf8Decoder();

  StreamingDecoder(Tokenizer tokenizer, boolean skipSpecial) {
    this.tokenizer = tokenizer;
    this.skipSpecial = skipSpecial;
  }

  /** The characters that this token completes; may be empty. */
  public String accept(int id) {
    StringBuilder out = new StringBuilder();
    append(id, out);
    return out.toString();
  }

  /** What is left: U+FFFD if the last character was not completed, else nothing. */
  public String finish() {
    StringBuilder out = new StringBuilder();
    decoder.finish(out);
    return out.toString();
  }

  void append(int id, StringBuilder out) {
    if (!skipSpecial || !tokenizer.isSpecial(id)) {
      decoder.decode(tokenizer.bytesOf(id), out);
    }
  }
}
