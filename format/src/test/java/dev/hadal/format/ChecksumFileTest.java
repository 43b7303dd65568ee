package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChecksumFileTest {
  private static final String A = "a".repeat(64);
  private static final String B = "0123456789abcdef".repeat(4);

  @TempDir private Path folder = Path.of("");

  private static Map<String, String> parse(String text) {
    return ChecksumFile.parse(Path.of("sums"), text.getBytes(StandardCharsets.UTF_8)).hashes();
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void theFormsOfOtherProgramsAreRead() {
    assertThat(parse(A + "  x\n" + B.toUpperCase(java.util.Locale.ROOT) + " *./dir/y z\n"))
        .containsExactly(Map.entry("x", A), Map.entry("dir/y z", B));
    assertThat(parse("# made by hand\r\n\r\nSHA256 (x (1)) = " + A + "\r\n"))
        .containsExactly(Map.entry("x (1)", A));
    assertThat(parse("\\" + A + "  a\\\\b\\nc\\r\n")).containsExactly(Map.entry("a\\b\nc\r", A));
    assertThat(parse(A)).containsExactly(Map.entry("", A));
    assertThat(parse(A + "  x\n" + A + "  x\n")).hasSize(1);
    assertThat(parse("")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          x | line 1: expected a hash of 64 hexadecimal digits and a name, found "x"
          HASH  x,HASHb  y | line 2: expected a hash of 64
          HASH- | line 1: expected a hash of 64
          HASH x | line 1: expected a hash of 64
          gHASH  x | line 1: expected a hash of 64
          MD5 (x) = HASH | line 1: expected a hash of 64
          \\HASH  a\\tb | line 1: expected \\\\, \\n or \\r in an escaped name, found "a\\tb"
          \\HASH  a\\ | line 1: expected \\\\, \\n or \\r
          HASH  x,OTHER  x | line 2: expected one hash of "x", found a second
          HASH,OTHER | line 2: expected one hash of one file, found a second
          """)
  void whatIsDamagedIsNamed(String text, String sentence) {
    String bytes = text.replace("HASH", A).replace("OTHER", B).replace(",", "\n");
    assertThatThrownBy(() -> parse(bytes))
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith("sums: ")
        .hasMessageContaining(sentence);
  }

  @Test
  void otherBytesThanTextAreRefused() {
    assertThatThrownBy(() -> ChecksumFile.parse(Path.of("sums"), new byte[] {(byte) 0xFF}))
        .isInstanceOf(FormatException.class)
        .hasMessage("sums: expected UTF-8 text, found other bytes");
  }

  @Test
  void whatLiesBesideAFileStatesItsHash() throws IOException {
    Path file = write("model.safetensors", "x");
    assertThat(ChecksumFile.beside(file)).isEmpty();
    Path sums = write("SHA256SUMS", A + "  model.safetensors\n" + B + "  other\n");
    assertThat(ChecksumFile.beside(file)).contains(new ChecksumFile.Stated(sums, A));
    Path own = write("model.sha256", B + "\n");
    assertThat(ChecksumFile.beside(file)).contains(new ChecksumFile.Stated(own, B));
    Path full = write("model.safetensors.sha256", A + "  model.safetensors\n");
    assertThat(ChecksumFile.beside(file)).contains(new ChecksumFile.Stated(full, A));
    assertThat(ChecksumFile.beside(folder.resolve("third"))).isEmpty();
  }

  @Test
  void aLinkToAFileThatIsNamedAfterItsHashStatesIt() throws IOException {
    Path blob = write(B, "x");
    Path link = Files.createSymbolicLink(folder.resolve("model.safetensors"), blob);
    assertThat(ChecksumFile.beside(link).orElseThrow().sha256()).isEqualTo(B);
    Path plain = Files.createSymbolicLink(folder.resolve("other.safetensors"), write("blob", "x"));
    assertThat(ChecksumFile.beside(plain)).isEmpty();
  }
}
