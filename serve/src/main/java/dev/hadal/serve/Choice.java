package dev.hadal.serve;

import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.generate.FinishReason;
import dev.hadal.generate.GeneratedToken;
import dev.hadal.generate.SpeculationStats;
import dev.hadal.generate.TokenLogprobs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One continuation as it comes; gives it out in parts or as a whole. */
final class Choice {
  private final int index;
  private final @Nullable LogprobsBuilder logprobs;
  private final StringBuilder text = new StringBuilder();
  private @Nullable FinishReason finish;
  private SpeculationStats drafts = SpeculationStats.NONE;
  private long tokens;
  private boolean news;

  Choice(int index, @Nullable LogprobsBuilder logprobs) {
    this.index = index;
    this.logprobs = logprobs;
  }

  void echo(ServedModel.Encoded prompt, List<TokenLogprobs> scored) {
    text.append(prompt.text());
    news = true;
    if (logprobs != null) {
      logprobs.addPrompt(prompt, scored);
    }
  }

  void add(EngineEvent.Tokens event) {
    for (GeneratedToken token : event.tokens()) {
      text.append(token.text());
      news |= !token.text().isEmpty();
      TokenLogprobs values = token.logprobs();
      if (logprobs != null && values != null) {
        logprobs.add(values);
        news = true;
      }
    }
    tokens += event.tokens().size();
    drafts = event.drafts();
    finish = event.finish();
    news |= finish != null;
  }

  /** Ends a continuation of no tokens. */
  void finishEmpty() {
    finish = FinishReason.LENGTH;
    news = true;
  }

  boolean finished() {
    return finish != null;
  }

  long tokens() {
    return tokens;
  }

  SpeculationStats drafts() {
    return drafts;
  }

  /** Whether {@link #take} would say something. */
  boolean hasNews() {
    return news;
  }

  /** What came since the last call. */
  JsonObject take() {
    JsonObject part =
        JsonObject.builder()
            .put("index", index)
            .put("text", text.toString())
            .put("logprobs", logprobs == null ? new JsonNull() : logprobs.take())
            .put(
                "finish_reason",
                switch (finish) {
                  case null -> new JsonNull();
                  case STOP -> new JsonString("stop");
                  case LENGTH -> new JsonString("length");
                  case CANCELLED, FAILED -> throw new IllegalStateException("an ended request");
                })
            .build();
    text.setLength(0);
    news = false;
    return part;
  }
}
