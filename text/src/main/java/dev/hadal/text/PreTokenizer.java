package dev.hadal.text;

import dev.hadal.template.Quoted;
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
  DEEPSEEK_V3,

  /**
   * DeepSeek-V2, V2-Lite, Coder-V2 and DeepSeek-LLM: six steps, the last one for single digits
   * (DeepSeek-V2-Lite repository, tokenizer.json; {@code deepseek-llm} in GGUF files).
   */
  DEEPSEEK_V2,

  /** The first DeepSeek-Coder ({@code deepseek-coder} in GGUF files). */
  DEEPSEEK_CODER,

  /**
   * Moonlight and Kimi-K2: one pattern (Kimi-K2 repository, tokenization_kimi.py; {@code kimi-k2}
   * in GGUF files).
   */
  KIMI;

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

  private static final String KIMI_UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]";
  private static final String KIMI_LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]";
  private static final String KIMI_CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";

  private static final List<String> KIMI_STEPS =
      List.of(
          "[\\p{Han}]+"
              + ("|[^\\r\\n\\p{L}\\p{N}]?" + KIMI_UPPER + "*" + KIMI_LOWER + "+" + KIMI_CONTRACTION)
              + ("|[^\\r\\n\\p{L}\\p{N}]?" + KIMI_UPPER + "+" + KIMI_LOWER + "*" + KIMI_CONTRACTION)
              + "|\\p{N}{1,3}"
              + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
              + "|\\s*[\\r\\n]+"
              + "|\\s+(?!\\S)"
              + "|\\s+");

  /**
   * The patterns of the Split steps, as files spell them. A step {@code Digits} with {@code
   * individual_digits} is the Split by {@code \p{N}} that it amounts to.
   */
  public List<String> patterns() {
    return switch (this) {
      case DEEPSEEK_V3 -> DEEPSEEK_V3_STEPS;
      case DEEPSEEK_V2 -> DeepSeekSplits.V2_PATTERNS;
      case DEEPSEEK_CODER -> DeepSeekSplits.CODER_PATTERNS;
      case KIMI -> KIMI_STEPS;
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
      case DEEPSEEK_V2 -> DeepSeekSplits.v2();
      case DEEPSEEK_CODER -> DeepSeekSplits.coder();
      case KIMI -> new KimiScanner();
    };
  }
}
