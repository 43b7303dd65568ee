package dev.hadal.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeyTest {
  @TempDir private Path folder = Path.of("");

  private Path file(String text, String mode) throws IOException {
    Path file = folder.resolve("key");
    Files.deleteIfExists(file);
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    return file;
  }

  @Test
  void onlyTheKeyItselfMatches() {
    ApiKey key = ApiKey.of("sk-abc");
    assertThat(key.matches("sk-abc")).isTrue();
    for (String other : new String[] {"", "sk-ab", "sk-abcd", "SK-abc", "sk-abc "}) {
      assertThat(key.matches(other)).isFalse();
    }
    assertThat(key.toString()).doesNotContain("sk-abc");
  }

  @Test
  void aFileMustBePrivateAndHoldAKey() throws IOException {
    assertThat(ApiKey.fromFile(file("sk-abc\n", "rw-------")).matches("sk-abc")).isTrue();
    for (String mode : new String[] {"rw-r-----", "rw----r--", "rw-rw-rw-"}) {
      assertThatThrownBy(() -> ApiKey.fromFile(file("sk-abc", mode)))
          .isInstanceOf(ServeException.class)
          .hasMessageContaining("chmod 600");
    }
    for (String text : new String[] {"", " \n", "two words", "k\u00e4y", "x".repeat(2000)}) {
      assertThatThrownBy(() -> ApiKey.fromFile(file(text, "rw-------")))
          .isInstanceOf(ServeException.class)
          .hasMessageStartingWith("api key: ");
    }
    assertThatThrownBy(() -> ApiKey.fromFile(folder.resolve("none")))
        .isInstanceOf(ServeException.class)
        .hasMessageContaining("cannot be read");
  }
}
