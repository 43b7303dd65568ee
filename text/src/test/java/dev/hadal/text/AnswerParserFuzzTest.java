package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Whatever a model writes, taking it apart in one piece or character by character is the same. */
class AnswerParserFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void answer(byte[] bytes) {
    String answer = new String(bytes, StandardCharsets.UTF_8);
    for (ToolCallFormat format : ToolCallFormat.values()) {
      AnswerParser whole = new AnswerParser(format, Set.of(), true, n -> "call_" + n);
      Answers expected = new Answers();
      expected.add(whole.text(answer));
      expected.add(whole.finish());
      AnswerParser parts = new AnswerParser(format, Set.of(), true, n -> "call_" + n);
      Answers found = new Answers();
      for (int i = 0; i < answer.length(); i++) {
        found.add(parts.text(answer.substring(i, i + 1)));
      }
      found.add(parts.finish());
      assertThat(found.joined()).isEqualTo(expected.joined());
    }
  }
}
