package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class UnicodeClassesTest {
  private final UnicodeClasses unicode = UnicodeClasses.instance();

  @Test
  void knowsTheClassesOfCharacters() {
    assertThat(unicode.of('a'))
        .isEqualTo(UnicodeClasses.LETTER | UnicodeClasses.WORD | UnicodeClasses.LOWERCASE);
    assertThat(unicode.of('9')).isEqualTo(UnicodeClasses.NUMBER | UnicodeClasses.WORD);
    assertThat(unicode.of('_')).isEqualTo(UnicodeClasses.PUNCTUATION | UnicodeClasses.WORD);
    assertThat(unicode.of('\r')).isEqualTo(UnicodeClasses.SPACE | UnicodeClasses.LINE_BREAK);
    assertThat(unicode.of(0x85)).isEqualTo(UnicodeClasses.SPACE);
    assertThat(unicode.of(0x1C)).isZero();
    assertThat(unicode.of(0x1F600)).isEqualTo(UnicodeClasses.SYMBOL);
    assertThat(unicode.of(Character.MAX_CODE_POINT)).isZero();
  }

  @Test
  void knowsTheKindsOfLettersAndHan() {
    int letter = UnicodeClasses.LETTER | UnicodeClasses.WORD;
    assertThat(unicode.of('A')).isEqualTo(letter | UnicodeClasses.UPPERCASE);
    assertThat(unicode.of(0x1C5)).isEqualTo(letter | UnicodeClasses.TITLECASE);
    assertThat(unicode.of(0x2B0)).isEqualTo(letter | UnicodeClasses.MODIFIER);
    assertThat(unicode.of(0x5D0)).isEqualTo(letter | UnicodeClasses.CASELESS);
    assertThat(unicode.of(0x4E00)).isEqualTo(letter | UnicodeClasses.CASELESS | UnicodeClasses.HAN);
    assertThat(unicode.of(0x3005)).isEqualTo(letter | UnicodeClasses.MODIFIER | UnicodeClasses.HAN);
    assertThat(unicode.of(0x3007))
        .isEqualTo(UnicodeClasses.NUMBER | UnicodeClasses.WORD | UnicodeClasses.HAN);
    assertThat(unicode.of(0x2E80)).isEqualTo(UnicodeClasses.SYMBOL | UnicodeClasses.HAN);
  }

  @Test
  void theTableIsWhatThisProgramMakesOfUnicode16() throws IOException {
    assumeThat(Runtime.version().feature()).as("the JDK with Unicode 16.0").isEqualTo(25);
    try (InputStream table = UnicodeClasses.class.getResourceAsStream(UnicodeClasses.TABLE)) {
      byte[] bytes = Objects.requireNonNull(table).readAllBytes();
      assertThat(new String(bytes, StandardCharsets.US_ASCII)).isEqualTo(UnicodeTable.text());
    }
  }
}
