package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Whatever the bytes of {@code model.safetensors.index.json} are, every tensor that it names is
 * found in a file of the same folder, or the index is refused.
 */
class WeightFilesFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void index(byte[] bytes) throws IOException {
    Path folder = Files.createTempDirectory("weights");
    try {
      shard(folder.resolve("one.safetensors"), "a");
      shard(folder.resolve("two.safetensors"), "b");
      Files.write(folder.resolve("model.safetensors.index.json"), bytes);
      try (WeightFiles weights = WeightFiles.open(folder)) {
        assertThat(weights.names()).isSubsetOf("a", "b");
        for (String name : weights.names()) {
          assertThat(weights.tensor(name).toFloats()).containsExactly(1);
        }
        for (SafetensorsFile shard : weights.shards()) {
          assertThat(shard.path()).hasParentRaw(folder);
        }
      } catch (FormatException refused) {
        OneSentence.require(refused, folder.toString());
      }
    } finally {
      CheckpointStore.deleteTree(folder);
    }
  }

  private static void shard(Path file, String tensor) {
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsWriter.write(file, Map.of(tensor, Tensor.ofFloats(arena, new float[] {1}, 1)));
    }
  }
}
