package dev.hadal.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Whatever the bytes are, the parser gives a request within the limits or an {@link ApiException}
 * with a 4xx status. A normal run replays the corpus among the test resources; {@code
 * JAZZER_FUZZ=1} searches for more.
 */
class CompletionRequestFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void request(byte[] bytes) {
    check(bytes);
  }

  static void check(byte[] bytes) {
    Limits limits = Limits.STANDARD;
    try {
      CompletionRequest request = CompletionRequestParser.parse(bytes, limits);
      assertThat(request.prompts().size()).isBetween(1, limits.prompts());
      assertThat(request.sequences()).isBetween(1, limits.sequences());
      assertThat(request.temperature()).isBetween(0.0, 2.0);
      for (String name : request.ignored()) {
        assertThat(name).matches("[A-Za-z0-9_.()-]{1,80}");
      }
    } catch (ApiException e) {
      assertThat(e.status()).isBetween(400, 499);
      assertThat(e.getMessage()).isNotNull().doesNotContain("\n").doesNotContain("tools.jackson");
      assertThat(e.body().length).isLessThan(2000);
    }
  }
}
