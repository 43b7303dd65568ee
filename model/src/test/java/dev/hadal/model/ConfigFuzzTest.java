package dev.hadal.model;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;

/**
 * Whatever the bytes of a {@code config.json} are, there is a configuration or an exception that
 * names the file. A normal run replays the corpus among the test resources.
 */
class ConfigFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void config(byte[] bytes) {
    ModelConfig config;
    try {
      if (!(Json.parse("fuzz", bytes, JsonLimits.CONFIGURATION) instanceof JsonObject json)) {
        return;
      }
      config = ModelConfig.fromJson(json, "fuzz");
    } catch (FormatException | ModelException e) {
      OneSentence.require(e, "fuzz: ");
      return;
    }
    ConfigCorruptionTest.requireSound(config);
  }
}
