package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.text.ChatMessage;
import java.util.List;

/**
 * Whatever the bytes are, {@code /load} finds messages, which {@code /save} writes so that they are
 * found again, or refuses them. A normal run replays the corpus among the test resources.
 */
class ChatFileFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void messages(byte[] bytes) {
    try {
      List<ChatMessage> messages =
          ChatFile.messages("fuzz", Json.parse("fuzz", bytes, JsonLimits.FILE));
      assertThat(ChatFile.messages("again", ChatFile.json(messages))).isEqualTo(messages);
    } catch (InputException | FormatException refused) {
      OneSentence.require(refused, "fuzz");
    }
  }
}
