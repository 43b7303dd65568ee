package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.text.ToolDefinition;

/**
 * Whatever the bytes are, {@code --tools} finds definitions with names or refuses them. A normal
 * run replays the corpus among the test resources.
 */
class ToolsFileFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void tools(byte[] bytes) {
    try {
      for (ToolDefinition tool :
          ToolsFile.definitions("fuzz", Json.parse("fuzz", bytes, JsonLimits.CONFIGURATION))) {
        assertThat(tool.name()).matches("[A-Za-z0-9_.-]{1,64}");
      }
    } catch (InputException | FormatException refused) {
      OneSentence.require(refused, "fuzz");
    }
  }
}
