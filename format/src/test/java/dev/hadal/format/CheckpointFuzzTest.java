package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;

/**
 * Whatever the bytes of a checkpoint's manifest are, it is the one that was written or is refused.
 * A normal run replays the corpora among the test resources.
 */
class CheckpointFuzzTest {
  private static final long STEP = 7;

  @FuzzTest(maxDuration = "60s")
  void manifest(byte[] bytes) {
    try {
      CheckpointManifest manifest = CheckpointManifest.parse(Path.of("fuzz"), bytes, STEP);
      assertThat(manifest.encode()).isEqualTo(bytes);
      assertThat(manifest.step()).isEqualTo(STEP);
      manifest
          .files()
          .forEach(
              (name, entry) -> {
                assertThat(CheckpointStore.isFileName(name)).isTrue();
                assertThat(Path.of("folder").resolve(name).getNameCount()).isEqualTo(2);
                assertThat(entry.bytes()).isNotNegative();
                assertThat(entry.sha256()).matches("[0-9a-f]{64}");
              });
    } catch (FormatException refused) {
      OneSentence.require(refused, "fuzz: ");
    }
  }

  /** The same with the manifest's own hash made right, which chance would never do. */
  @FuzzTest(maxDuration = "60s")
  void sealedManifest(byte[] bytes) {
    try {
      JsonObject body = Json.requireObject(Json.parse("fuzz", bytes, JsonLimits.FILE), "fuzz");
      manifest(ManifestCorruptionTest.sealed(body));
    } catch (FormatException refused) {
      OneSentence.require(refused, "fuzz: ");
    }
  }
}
