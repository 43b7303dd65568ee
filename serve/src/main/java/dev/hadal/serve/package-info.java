/**
 * A small server that speaks OpenAI's completions protocol.
 *
 * <p>The life of a request: a virtual thread of Helidon reads it ({@code WatchedConnection} holds
 * the deadlines), {@code HttpFront} finds its route, {@code CompletionRequestParser} makes a {@code
 * CompletionRequest} of it, {@code ServedModel} token ids, and {@code Completion} work units.
 * {@code EngineLoop}, the one platform thread that owns the model, takes them into its batch and
 * sends tokens back through a bounded {@code EventBuffer}; the virtual thread writes them. A client
 * who goes away, does not read, or whose time is over loses its place within a step.
 *
 * <p>What clients may rely on:
 *
 * <ul>
 *   <li>{@code max_tokens} is 16 where nothing is said, as with OpenAI; 0 with {@code echo} and
 *       {@code logprobs} scores a prompt.
 *   <li>Prompt and {@code max_tokens} that do not fit into the context: 400 with the numbers.
 *       Nothing is ever cut.
 *   <li>A field that has no effect is named in the header {@code X-Hadal-Ignored}; {@code best_of}
 *       other than {@code n} is refused.
 *   <li>With the same {@code seed} the text is the same, streamed or not, alone or among others.
 *       Each prompt of an array gives what it gives alone.
 *   <li>An error in the midst of a stream is an event with {@code error}, and no {@code [DONE]}
 *       follows.
 *   <li>{@code usage} counts every token that was drawn, a stop token included; {@code
 *       accepted_prediction_tokens} are drafts of the MTP layer that were right.
 *   <li>{@code text_offset} counts code points from the beginning of the choice's text.
 * </ul>
 *
 * <p>{@link dev.hadal.serve.Limits#table} says what is bounded and what happens beyond.
 */
package dev.hadal.serve;
