package dev.hadal.generate;

import java.util.List;

/**
 * A finished continuation.
 *
 * @param text without stop token and stop text
 * @param ids all drawn tokens, a stop token included
 * @param finishReason why it ended
 * @param promptTokens tokens of the prompt
 * @param completionTokens tokens drawn
 * @param speculation what drafts did
 * @param logprobs one a token where they were asked for, else empty
 */
public record Generation(
    String text,
    int[] ids,
    FinishReason finishReason,
    int promptTokens,
    int completionTokens,
    SpeculationStats speculation,
    List<TokenLogprobs> logprobs) {}
