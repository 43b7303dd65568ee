package dev.hadal.generate;

import dev.hadal.text.ChatMessage;

/**
 * One answer of a {@link ChatSession}.
 *
 * @param message what the model said, as far as it came
 * @param finishReason why it ended
 * @param promptTokens tokens of the conversation before it
 * @param cachedTokens those of them that were in the cache from earlier turns
 * @param completionTokens tokens drawn
 * @param secondsToFirst from the question to the first token; 0 if there was none
 * @param secondsAfterFirst from the first token to the last
 * @param speculation what drafts did
 */
public record ChatTurn(
    ChatMessage message,
    FinishReason finishReason,
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    double secondsToFirst,
    double secondsAfterFirst,
    SpeculationStats speculation) {

  /** Tokens of the prompt that went through the model, per second; 0 if no answer came. */
  public double promptSpeed() {
    return secondsToFirst > 0 ? (promptTokens - cachedTokens) / secondsToFirst : 0;
  }

  /** Tokens after the first, per second; 0 if there were none. */
  public double decodeSpeed() {
    return secondsAfterFirst > 0 ? (completionTokens - 1) / secondsAfterFirst : 0;
  }
}
