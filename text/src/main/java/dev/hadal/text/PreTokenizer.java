package dev.hadal.text;

import java.util.List;
import java.util.stream.Stream;

/**
 * The known ways to cut text into the pieces within which byte pairs merge. A tokenizer file names
 * its way by regular expressions; they are recognised by their exact text and never executed.
 */
public enum PreTokenizer {
  /**
   * DeepSeek-V3 and R1: three Split steps, each applied to the pieces that the one before left,
   * matches and gaps alike becoming pieces (DeepSeek-V3 repository, tokenizer.json).
   */
  DEEPSEEK_V3;

  private static final List<String> DEEPSEEK_V3_STEPS =
      List.of(
          "\\p{N}{1,3}",
          "[一-龥\u3040-ゟ゠-ヿ]+",
          "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
              + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
              + "| ?[\\p{P}\\p{S}]+[\\r\\n]*"
              + "|\\s*[\\r\\n]+"
              + "|\\s+(?!\\S)"
              + "|\\s+");

  /** The patterns of the Split steps, as files spell them. */
  public List<String> patterns() {
    return switch (this) {
      case DEEPSEEK_V3 -> DEEPSEEK_V3_STEPS;
    };
  }

  /**
   * The pre-tokenizer with exactly these Split patterns.
   *
   * @throws TextException if none of those known has them
   */
  public static PreTokenizer of(List<String> patterns) {
    return Stream.of(values())
        .filter(known -> known.patterns().equals(patterns))
        .findAny()
        .orElseThrow(
            () ->
                new TextException(
                    "expected the Split patterns of one of %s, found %s"
                        .formatted(List.of(values()), Quoted.list(patterns))));
  }

  PieceScanner scanner() {
    return switch (this) {
      case DEEPSEEK_V3 -> new DeepSeekV3Scanner();
    };
  }
}
