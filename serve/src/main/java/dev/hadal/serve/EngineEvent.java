package dev.hadal.serve;

import dev.hadal.generate.FinishReason;
import dev.hadal.generate.GeneratedToken;
import dev.hadal.generate.SpeculationStats;
import dev.hadal.generate.TokenLogprobs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the engine tells a request. */
sealed interface EngineEvent {
  /**
   * The next tokens of a continuation.
   *
   * @param choice its number among those of the request
   * @param finish why it has ended, or null
   * @param drafts what drafts did up to now
   */
  record Tokens(
      int choice,
      List<GeneratedToken> tokens,
      @Nullable FinishReason finish,
      SpeculationStats drafts)
      implements EngineEvent {
    /** Copies the list. */
    public Tokens {
      tokens = List.copyOf(tokens);
    }

    @Override
    public int bytes() {
      int bytes = 64;
      for (GeneratedToken token : tokens) {
        TokenLogprobs logprobs = token.logprobs();
        bytes += 32 + 2 * token.text().length();
        bytes += logprobs == null ? 0 : 32 + 16 * logprobs.top().size();
      }
      return bytes;
    }
  }

  /**
   * How probable a prompt's tokens are.
   *
   * @param prompt its number in the request
   * @param values one a token, from the second on
   */
  record Scored(int prompt, List<TokenLogprobs> values) implements EngineEvent {
    /** Nothing: it comes once a prompt and is bounded by what the client sent. */
    @Override
    public int bytes() {
      return 0;
    }
  }

  /** About how much memory it holds. */
  int bytes();
}
