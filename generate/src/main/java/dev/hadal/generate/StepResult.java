package dev.hadal.generate;

import java.util.List;

/**
 * What a step gave one sequence.
 *
 * @param sequence the sequence; {@link DecodingSequence#finished} says whether it has ended
 * @param tokens one token, or two where a draft was accepted
 */
public record StepResult(DecodingSequence sequence, List<GeneratedToken> tokens) {}
