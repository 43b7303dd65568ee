package dev.hadal.generate;

import org.jspecify.annotations.Nullable;

/**
 * One token of a continuation.
 *
 * @param index its number in the continuation, from 0
 * @param id the token
 * @param text characters that became certain with it; the texts of all tokens joined are the whole
 *     text, without a stop text
 * @param logprobs where they were asked for
 */
public record GeneratedToken(int index, int id, String text, @Nullable TokenLogprobs logprobs) {}
