package dev.hadal.assembler;

/**
 * What an instruction without embedded broadcast may read as its last operand.
 *
 * @param <V> the register width that it fits
 */
public sealed interface RegisterOrMemory<V> extends Operand<V> permits Vector, Memory {}
