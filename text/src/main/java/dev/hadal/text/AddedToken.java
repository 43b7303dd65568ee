package dev.hadal.text;

import dev.hadal.template.Quoted;

/**
 * A token that is cut out of the text before pre-tokenization (Hugging Face tokenizers, {@code
 * AddedToken}).
 *
 * @param id its id
 * @param content the text that it matches, 1 to 1024 bytes of UTF-8
 * @param singleWord matches only where no word character is beside it
 * @param lstrip takes the white space before it, too
 * @param rstrip takes the white space after it, too
 * @param normalized is looked for after those that are not normalized
 * @param special is left out when special tokens are skipped in decoding
 */
public record AddedToken(
    int id,
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {
  private static final int LONGEST = 1024;

  /**
   * Checks the fields.
   *
   * @throws TextException if the id is negative or the content empty, too long or not valid UTF-16
   */
  public AddedToken {
    if (id < 0) {
      throw new TextException("id: expected 0 or more, found " + id);
    }
    if (Utf8.hasLoneSurrogate(content)) {
      throw new TextException(
          "content: expected Unicode text, found a lone surrogate in " + Quoted.text(content));
    }
    int length = Utf8.encode(content).length;
    if (length < 1 || length > LONGEST) {
      throw new TextException(
          "content: expected 1 to %d bytes, found %d".formatted(LONGEST, length));
    }
  }

  /** A special token without further conditions. */
  public static AddedToken special(int id, String content) {
    return new AddedToken(id, content, false, false, false, false, true);
  }

  /** A token without further conditions that is kept when special tokens are skipped. */
  public static AddedToken plain(int id, String content) {
    return new AddedToken(id, content, false, false, false, false, false);
  }
}
