package dev.hadal.assembler;

/**
 * What an instruction with embedded broadcast may read as its last operand: a register of its own
 * width, memory, or one element of memory repeated over all lanes.
 *
 * <p>Instructions declare it as {@code Operand<? super V>}. Registers are operands of their own
 * width only, memory is an operand of every width, so a register of another width does not compile.
 *
 * @param <V> the register width that it fits
 */
public sealed interface Operand<V> permits RegisterOrMemory, Broadcast {}
