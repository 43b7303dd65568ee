package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;

/** Whatever the bytes are, the reader returns hashes or throws {@link FormatException}. */
class ChecksumFileFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void sums(byte[] bytes) {
    try {
      ChecksumFile.parse(Path.of("fuzz"), bytes)
          .hashes()
          .forEach((_, hash) -> assertThat(hash).matches("[0-9a-f]{64}"));
    } catch (FormatException e) {
      OneSentence.require(e, "fuzz: ");
    }
  }
}
