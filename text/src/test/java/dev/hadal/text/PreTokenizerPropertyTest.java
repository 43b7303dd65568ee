package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PreTokenizerPropertyTest {
  @ParameterizedTest
  @EnumSource
  void scansWhatThePatternsMatch(PreTokenizer preTokenizer) {
    RegexPieces oracle = new RegexPieces(preTokenizer);
    NastyText nasty = new NastyText(NastyText.seed("PreTokenizerPropertyTest"));
    for (int i = 0; i < 10_000; i++) {
      String text = nasty.next(i % 40);
      assertThat(RegexPieces.scanned(preTokenizer, text)).as(text).isEqualTo(oracle.of(text));
    }
  }

  @ParameterizedTest
  @EnumSource
  void scansEachCodePointBesideOthers(PreTokenizer preTokenizer) {
    RegexPieces oracle = new RegexPieces(preTokenizer);
    StringBuilder all = new StringBuilder();
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      boolean known = UnicodeClasses.instance().of(codePoint) != 0;
      if ((known || codePoint % 16 == 0) && (codePoint < 0xD800 || codePoint > 0xDFFF)) {
        all.appendCodePoint(codePoint).append("a b").appendCodePoint(codePoint).append(". ");
      }
      if (all.length() > 1000 || codePoint == Character.MAX_CODE_POINT) {
        assertThat(RegexPieces.scanned(preTokenizer, all.toString()))
            .isEqualTo(oracle.of(all.toString()));
        all.setLength(0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void scansEachShortTextOfOneCharacterOfEachKind(PreTokenizer preTokenizer) {
    RegexPieces oracle = new RegexPieces(preTokenizer);
    String kinds = " \na\u00E9A\u02B0\u05D01.'s\u20AC\u4E2D\u3007\u30FB\u0301\u0000\u00A0";
    int count = kinds.length();
    for (int number = 0; number < count * count * count * count; number++) {
      StringBuilder text = new StringBuilder();
      for (int rest = number; rest > 0; rest /= count) {
        text.append(kinds.charAt(rest % count));
      }
      assertThat(RegexPieces.scanned(preTokenizer, text.toString()))
          .as(text.toString())
          .isEqualTo(oracle.of(text.toString()));
    }
  }

  @Timeout(30)
  @ParameterizedTest
  @EnumSource
  void takesLinearTime(PreTokenizer preTokenizer) {
    List<String> units =
        List.of("a", "A", "\u02B0A", "\u0301A", "!A", "\u00E9a", " ", "\n", " \u3000", "\0", "'s");
    for (String unit : units) {
      String text = "\u0301" + unit.repeat(1 << 17) + "\u0301";
      assertThat(String.join("", RegexPieces.scanned(preTokenizer, text)).equals(text)).isTrue();
    }
  }

  @Test
  void refusesPatternsThatItDoesNotKnow() {
    assertThatThrownBy(() -> PreTokenizer.of(List.of("\\p{N}+")))
        .isInstanceOf(TextException.class)
        .hasMessageContaining("DEEPSEEK_V3")
        .hasMessageContaining("\\p{N}+");
  }
}
