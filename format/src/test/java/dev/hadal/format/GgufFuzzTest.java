package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/**
 * Whatever the bytes are, the reader returns a value or throws {@link FormatException}. A normal
 * run replays the corpus among the test resources; {@code JAZZER_FUZZ=1} searches for more.
 */
class GgufFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void file(byte[] bytes) {
    MemorySegment mapping = MemorySegment.ofArray(bytes);
    try (GgufFile file = GgufFile.of(Path.of("fuzz"), Arena.ofConfined(), mapping)) {
      long covered = 0;
      for (Map.Entry<String, GgufTensor> entry : file.tensors().entrySet()) {
        covered += file.data(entry.getKey()).byteSize();
        decode(entry.getValue(), file.data(entry.getKey()));
      }
      assertThat(covered).isLessThanOrEqualTo(bytes.length);
      assertThat(Json.pretty(file.metadata().toJson())).isNotEmpty();
      for (GgufValue value : file.metadata().values().values()) {
        if (value instanceof GgufArray array) {
          assertThat(array.elements()).hasSize(array.size());
        }
      }
    } catch (FormatException e) {
      OneSentence.require(e, "fuzz: ");
    }
  }

  private static void decode(GgufTensor tensor, MemorySegment data) {
    if (tensor.type().decodes()) {
      float[] block = new float[tensor.type().blockElements()];
      for (long at = 0; at < data.byteSize(); at += tensor.type().blockBytes()) {
        GgufBlocks.decode(tensor.type(), data, at, block.length, block, 0);
      }
    }
  }
}
