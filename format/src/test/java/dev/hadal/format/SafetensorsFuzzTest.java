package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Whatever the bytes are, the readers return a value or throw {@link FormatException}. A normal run
 * replays the corpus among the test resources; {@code JAZZER_FUZZ=1} and the name of one method
 * search for more.
 */
class SafetensorsFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void header(byte[] bytes) {
    MemorySegment mapping = MemorySegment.ofArray(bytes);
    try (SafetensorsFile file = SafetensorsFile.of(Path.of("fuzz"), Arena.ofConfined(), mapping)) {
      long covered = 0;
      for (String name : file.names()) {
        covered += file.tensor(name).bytes();
      }
      assertThat(covered).isLessThanOrEqualTo(bytes.length);
    } catch (FormatException e) {
      assertThat(e).hasMessageStartingWith("fuzz: ");
    }
  }

  @FuzzTest(maxDuration = "60s")
  void json(byte[] bytes) {
    try {
      JsonValue value = Json.parse("fuzz", bytes, JsonLimits.FILE);
      byte[] again = Json.pretty(value).getBytes(StandardCharsets.UTF_8);
      assertThat(Json.parse("again", again, JsonLimits.FILE)).isEqualTo(value);
    } catch (FormatException e) {
      assertThat(e).hasMessageStartingWith("fuzz: ");
    }
  }
}
