package dev.hadal.generate;

import java.util.List;

/**
 * What a step gave one sequence.
 *
 * @param sequence the sequence; {@link DecodingSequence#finished} says whether it has ended
 * @param tokens one token, two where a draft was accepted, none where drawing failed
 */
public record StepResult(DecodingSequence sequence, List<GeneratedToken> tokens) {}
